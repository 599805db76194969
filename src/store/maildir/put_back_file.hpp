// Until when mail that was put back is safe from expiry: the file `restante-put-back` of a maildrop.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace store::maildir {

constexpr std::string_view put_back_name = "restante-put-back";
constexpr std::string_view put_back_lock_name = ".restante-put-back-lock";

/// Base name to the time until which the message does not expire.
using put_back_times = std::map<std::string, base::wall_time, std::less<>>;

/// Reads the format of docs/formats.md; a line that is wrong does not count. Empty where the file is missing;
/// malformed where its first line is not ours.
base::result<put_back_times> read_put_back(disk::directory& maildrop);

/// Held while the file is read and replaced, or the lines of another undelete would be lost. Waits for its turn;
/// `in_use` after ten seconds.
base::result<std::unique_ptr<disk::lock>> lock_put_back(disk::directory& maildrop);

/// Replaces the file, durable. Times are kept in whole seconds, rounded up.
base::result<> write_put_back(disk::directory& maildrop, const put_back_times& times);

} // namespace store::maildir
