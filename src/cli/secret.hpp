// The secret of a root: what must look the same after a restart, and only this machine can compute.
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <string>

namespace cli {

// ROOT/secret (0600): 64 hexadecimal digits and a line end. The SCRAM salts of names that are no users come of it.

/// Reads it. Where there is none, makes it, durable. One that cannot be read, is not as it was
/// made, or can be read by others is never replaced: the error says what to do.
base::result<std::string> root_secret(disk::file_system& files, const std::string& root,
                                      base::random& random);

} // namespace cli
