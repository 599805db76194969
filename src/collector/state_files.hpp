// The archive's own files: what stands in their way does not pass by itself, and a person must hear how to mend it.
#pragma once

#include "base/result.hpp"

#include <string>

namespace collector {

/// That `path` is a regular file which we may read and write, or that nothing is there yet; else `refused`, with the
/// remedy. SQLite would wait for ever for a FIFO's writer, and follows no link.
base::result<> check_state_file(const std::string& path);

/// The error of reading or writing a file of ours, with its path; what check_state_file() finds goes before it.
base::error at_file(const std::string& path, base::error why);

} // namespace collector
