// The archive's own files: what stands in their way, and who else may write them. Neither passes by itself, and a
// person must hear how to mend it.
#pragma once

#include "base/result.hpp"

#include <string>

namespace collector {

/// That `path` is a regular file which we may read and write, or that nothing is there yet; else `refused`, with the
/// remedy. SQLite would wait for ever for a FIFO's writer, and follows no link.
base::result<> check_state_file(const std::string& path);

/// The error of reading or writing a file of ours, with its path; what check_state_file() finds goes before it.
base::error at_file(const std::string& path, base::error error);

/// An account file names commands that are run: whoever may change it, or the folder that it lies in, acts as its
/// owner. `refused` where what `path` names belongs neither to us nor to root, or may be written by all, or by a group
/// that is not the owner's private one: ours, with our name, and nobody else a member (decision 0171). The error says
/// which command mends it. What cannot be looked at is left to who opens it.
base::result<> check_only_we_write(const std::string& path);

} // namespace collector
