// Bringing the index up to what lies in the archive, with a bar while it takes long.
#pragma once

#include "cli/collector/archive_folder.hpp"
#include "cli/collector/commands.hpp"
#include "cli/collector/progress_display.hpp"
#include "search/index.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cli::collector {

/// All accounts; or the one that was named, also where it was removed: its mail stays, and can still be asked for.
/// `unknown_user` where there is neither an account nor mail of that name.
base::result<std::vector<std::string>> accounts_to_ask(archive_folder& folder,
                                                       const std::optional<std::string>& account);

/// After a round of `watch`: the new messages of one account. What goes wrong is told and waits for the next time: the
/// mail is stored, and `list` and `search` bring the index up to it. The error is temporary, unless the disk says
/// otherwise.
base::result<> index_mail(archive_folder& folder, const std::string& account, progress_display& display,
                          std::size_t line, const std::atomic<bool>* stop);

/// Opens the index and catches up with every account (or one). `unknown_user` where there is no such account, nor
/// mail of one that was removed.
base::result<std::unique_ptr<search::index>> open_index(archive_folder& folder, const style& how,
                                                        const std::optional<std::string>& account);

} // namespace cli::collector
