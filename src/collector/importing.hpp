// Mail of other programs into an account, to the octet.
#pragma once

#include "base/result.hpp"
#include "collector/account_desk.hpp"
#include "collector/archive_folder.hpp"
#include "collector/indexing.hpp"
#include "collector/named_files.hpp"
#include "exchange/importing.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace collector {

struct import_request {
    mail_place source;
    std::string folder;                                        ///< for what has none of its own
    std::function<void(std::uint64_t messages)> progress = {}; ///< after each group
    indexing_progress indexing = {};
};

struct import_report {
    exchange::imported done;
    std::string prefix;                     ///< makes whole paths of those that `done` names
    std::optional<base::error> not_indexed; ///< why the index does not know what was stored
};

/// The account, locked. A ledger that knows nothing of the mail that is here is made again first, so that nothing is
/// stored twice.
base::result<account_desk> open_for_import(archive_folder& folder, const std::string& account);

/// Stores what lies in the source, and indexes it. The error is one of the source: `malformed` where it has another
/// form, `vanished` where nothing lies there, `refused` where the program that reads it is not installed.
base::result<import_report> import_mail(archive_folder& folder, account_desk& desk,
                                        const import_request& request);

} // namespace collector
