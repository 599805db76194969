// The passphrase of an encrypted archive: where it comes from.
#pragma once

#include "base/result.hpp"
#include "collector/person.hpp"
#include "config/archive_configuration.hpp"

#include <string>

namespace collector {

/// From the configured command; else from the desktop's keyring, where `restante init` or a person put it under the
/// archive's path; else typed. `refused` where nobody is there.
base::result<std::string> passphrase_of(const config::archive_configuration& archive, const std::string& path,
                                        const person& person);

} // namespace collector
