// What restanted check warns of: it serves all the same, but not everybody as the operator thinks.
#pragma once

#include "config/configuration.hpp"
#include "disk/file_system.hpp"

#include <string>
#include <vector>

namespace cli {

/// A line each, with the remedy: users whose stored hash is never computed (auth/hash_cost.hpp), and users without a
/// shared secret where APOP or CRAM-MD5 are on offer. Nothing where the users cannot be read: inspect() says so.
std::vector<std::string> advice(const config::configuration& of, disk::file_system& files);

} // namespace cli
