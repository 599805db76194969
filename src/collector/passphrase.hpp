// The passphrase of an encrypted archive, and the key that it opens: where they come from, and how it is changed.
#pragma once

#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "collector/person.hpp"
#include "config/archive_configuration.hpp"

#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace collector {

/// From the configured command; else from the desktop's keyring, where `restante init` or a person put it under the
/// archive's path; else typed. `refused` where nobody is there.
base::result<std::string> passphrase_of(const config::archive_configuration& archive, const std::string& path,
                                        const person& person);

/// The key file of an archive that was lost.
base::result<std::string> read_key_file(const std::string& path);

/// archive_folder::make(). The passphrase of an encrypted one is what the configured command prints, or a person
/// chooses it; with a key file, it is the one that opens that.
base::result<std::unique_ptr<archive_folder>> make_archive(const std::string& path,
                                                           const config::archive_configuration& archive,
                                                           std::string_view key_file, const person& person);

/// The key under another passphrase, in the archive and beside its second copies. The paths of those that are not
/// there now: their key opens with the old passphrase until a run or a verification puts the new one there.
base::result<std::set<std::string>> change_passphrase(archive_folder& folder, const std::string& passphrase);

} // namespace collector
