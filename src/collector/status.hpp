// How each account is, and what would be lost with this disk.
#pragma once

#include "archive/exposure.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "collector/second_copies.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace collector {

/// What the ledger and the disk say of an account's second copy.
struct copy_status {
    second_copy_view view;
    std::uint64_t messages = 0; ///< that were verified there
    std::optional<base::wall_time> verified_at;
    /// What lies there survives this disk.
    bool counts() const
    {
        return view.state == second_copy_state::ready && view.folder_is_there && !view.on_same_disk &&
               view.key_is_there;
    }
};

struct account_status {
    std::string account;
    std::optional<ledger::run_note> last_run; ///< none: there was none
    archive::exposure exposed;
    copy_status copy;
    /// The ledger was made again since the server was listed: what is there is not known.
    bool server_unknown = false;
};

struct archive_status {
    std::vector<account_status> accounts;
    std::vector<base::error> troubles; ///< why an account, or its second copy, could not be looked at
};

/// The error is one of the whole archive.
base::result<archive_status> status(archive_folder& folder);

} // namespace collector
