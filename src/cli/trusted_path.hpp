// Paths that root may follow for another user: only root can have put there what they lead to.
#pragma once

#include "base/result.hpp"
#include "cli/process.hpp"
#include "net/descriptor.hpp"

#include <string>

namespace cli {

/// Opens a file or folder for reading, where every folder and link on the way, and the file itself, belongs to root
/// and can be changed by root alone (a folder with the sticky bit, as /tmp, holds what is root's safely). Else whoever
/// can change a step could make root read any file for him: `refused`, and the error names that step.
base::result<net::descriptor> open_trusted(const std::string& path);

/// As root: makes the folder `path` (0700, of `owner`) and what is missing above it (0755, of root) where the way is
/// root's alone; elsewhere it does nothing, for `owner` can only make it himself. What is there is left as it is.
base::result<> make_folder_for(const std::string& path, const identity& owner);

} // namespace cli
