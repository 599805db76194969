// Acting on a message by its base name while other programs rename its file.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/maildir/place.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace store::maildir {

/// A name that changes fifty times in a row between a scan and the next call is an attack.
constexpr int rescans_max = 50;

/// What is told of a message whose name did.
base::error moved_too_fast(std::string_view base);

/// A message, and the name it was last seen under.
struct target {
    std::string base;
    maildir::folder folder = folder::fresh;
    std::string name;
};

/// Does something to the message's file; `vanished` where no file has that name.
using file_action = std::function<base::result<>(std::size_t index, const target& current)>;

/// Attempts each target under its last name, and those that vanished from there under the name that a new
/// scan shows. One outcome a target: `vanished` where a scan that began after the attempt shows no such
/// message; temporary `storage` where the names changed faster than we could follow, rescans_max times in a
/// row. `targets` is left with the names that were tried last.
std::vector<base::result<>> attempt_each(folders& maildrop, const base::clock& clock,
                                         std::vector<target>& targets, const file_action& act);

} // namespace store::maildir
