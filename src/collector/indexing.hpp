// Bringing the index up to what lies in the archive.
#pragma once

#include "collector/archive_folder.hpp"
#include "search/index.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace collector {

/// How many messages of an account the index has read, of those that it did not know.
using indexing_progress =
    std::function<void(const std::string& account, std::uint64_t ready, std::uint64_t all)>;

/// All accounts; or the one that was named, also where it was removed: its mail stays, and can still be asked for.
/// `unknown_user` where there is neither an account nor mail of that name.
base::result<std::vector<std::string>> accounts_to_ask(archive_folder& folder,
                                                       const std::optional<std::string>& account);

/// After a round of `watch`: the new messages of one account. What goes wrong is told and waits for the next time: the
/// mail is stored, and `list` and `search` bring the index up to it. The error is temporary, unless the disk says
/// otherwise.
base::result<> index_mail(archive_folder& folder, const std::string& account,
                          const indexing_progress& progress, const std::atomic<bool>* stop);

/// Opens the index and catches up with every account (or one). `unknown_user` where there is no such account, nor
/// mail of one that was removed.
base::result<std::unique_ptr<search::index>> open_index(archive_folder& folder,
                                                        const std::optional<std::string>& account,
                                                        const indexing_progress& progress);

} // namespace collector
