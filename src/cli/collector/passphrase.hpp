// The passphrase of an encrypted archive: where it comes from.
#pragma once

#include "base/result.hpp"
#include "config/archive_configuration.hpp"

#include <string>

namespace cli::collector {

/// From the configured command; else from the desktop's keyring, where `restante init` or a person put it under the
/// archive's path; else typed. `refused` where nobody is there.
base::result<std::string> passphrase_of(const config::archive_configuration& archive,
                                        const std::string& path);

/// For a new archive, or a new passphrase: from the command, else typed twice (or a line of standard input).
base::result<std::string> new_passphrase(const std::string& command);

} // namespace cli::collector
