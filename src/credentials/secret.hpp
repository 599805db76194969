// Where a password comes from: never the configuration, never an argument.
#pragma once

#include "base/result.hpp"

#include <string>

namespace credentials {

/// Runs `command` with /bin/sh and takes the first line it prints; its standard error goes to ours. `refused` where
/// it exits otherwise than 0 or prints nothing; `timed_out` after a minute.
base::result<std::string> secret_of_command(const std::string& command);
/// The first line of a file that only its owner may read (mode 0600 or 0400), else `refused`.
base::result<std::string> secret_of_file(const std::string& path);
/// From the desktop's Secret Service, under the attributes service=restante, account=NAME; `vanished` where it has
/// none.
base::result<std::string> secret_of_keyring(const std::string& account);
base::result<> keep_in_keyring(const std::string& account, const std::string& secret);
/// Nothing where it has none.
base::result<> forget_in_keyring(const std::string& account);

} // namespace credentials
