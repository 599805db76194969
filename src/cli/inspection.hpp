// Looks at the disk around a configuration: what it names must be there, fit together, and be closed to
// others.
#pragma once

#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "disk/file_system.hpp"
#include "disk/path_reader.hpp"

#include <string>
#include <vector>

namespace cli {

/// What would keep a daemon from starting, or from being safe: unknown users and groups, a mail folder or a
/// socket's folder that everyone may write to, users or a private key that others may read, certificates that
/// do not fit. What the first start makes need not be there. Lines are those of `what.lines`.
/// `lines_of_users`: a faulty line of the users file counts, though the others would be served.
/// Certificates that the caller may not read are asked of `open_unreadable`, where there is one.
std::vector<config::fault> inspect(const config::reading& reading, disk::file_system& files,
                                   base::wall_time now, const disk::file_opener& open_unreadable = {},
                                   bool lines_of_users = true);

// What restanted check warns of: it serves all the same, but not everybody as the operator thinks.

/// A line each, with the remedy: users whose stored hash is never computed (auth/hash_cost.hpp), and users without a
/// shared secret where APOP or CRAM-MD5 are on offer. Nothing where the users cannot be read: inspect() says so.
std::vector<std::string> advice(const config::configuration& configuration, disk::file_system& files);

} // namespace cli
