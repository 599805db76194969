// Paths that a person names outside of the archive.
#pragma once

#include "base/result.hpp"
#include "cli/collector/commands.hpp"

#include <string>

namespace cli::collector {

/// A path as its folder and its last part.
struct parted {
    std::string folder, name;
};
parted part(const std::string& path);

/// As a person finds it from anywhere.
std::string absolute(const std::string& path);

/// The file that a path leads to, links followed: whoever names a link means what it leads to. `vanished` where
/// nothing lies there, `malformed` where it is no regular file, so that nobody waits for a FIFO's writer.
base::result<parted> named_file(const std::string& path);

/// report() for what a person named and we could not read: with its whole path. 66 (EX_NOINPUT) where nothing lies
/// there, 77 (EX_NOPERM) where reading it is not permitted.
int report_at(const std::string& path, base::error why);

/// The same for a place where we were to write: 77 where that is not permitted, 73 (EX_CANTCREAT) where a file is in
/// the way, 66 where a link leads nowhere; a full disk stays 75.
int report_target(const std::string& path, base::error why);

/// Somewhere to read from or to write to.
bool names_one_form(const exchange_wish& wish);

} // namespace cli::collector
