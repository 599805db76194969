// Mail out of the archive, to the octet.
#pragma once

#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "collector/indexing.hpp"
#include "collector/message_lookup.hpp"
#include "collector/named_files.hpp"
#include "exchange/exporting.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace collector {

struct export_request {
    query_wish query;                 ///< its own limit does not count
    std::optional<std::size_t> limit; ///< of those that a listing would show first; none: all
};

/// Messages to export, and the collections that they lie in.
struct export_selection {
    std::map<std::string, std::unique_ptr<store::collection>> mail; ///< by account
    std::vector<exchange::export_wish> messages;
};

/// Where neither words nor a limit are named, all messages, and the index is not asked. Else as list_messages().
base::result<export_selection> select_for_export(archive_folder& folder, const export_request& request,
                                                 const indexing_progress& progress);

/// Writes to `target`, whose folder is made where it is missing; beside files and Maildirs the tags of what they hold.
/// The error is one of the target. A ledger that cannot be read is noted, and hinders no export.
base::result<exchange::exported> export_mail(archive_folder& folder, export_selection selection,
                                             const mail_place& target, const exchange::export_watch& watch);
/// As one mbox, to wherever `sink` writes.
base::result<exchange::exported> export_mail(archive_folder& folder, export_selection selection,
                                             const std::function<base::result<>(std::string_view)>& sink,
                                             const exchange::export_watch& watch);

} // namespace collector
