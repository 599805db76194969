// An account's messages that are damaged or missing, brought back from the second copy or from the server.
#pragma once

#include "archive/restore.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "collector/account_desk.hpp"
#include "collector/archive_folder.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace collector {

struct restore_request {
    /// By unique-id, number or key, those of each account; none: whatever is damaged or missing.
    std::vector<std::string> messages;
    bool from_server = false; ///< instead of the second copy
    bool full = false;        ///< also what was removed here
};

struct account_restoration {
    archive::restoration done;
    std::uint64_t moved = 0;   ///< messages that were here under another key than the ledger knew
    bool knows_message = true; ///< the account has a message that `messages` names
};

/// What lies here in another file as well needs neither second copy nor server. `vanished` where the account has no
/// second copy; `malformed` where nothing came back and the copy is one of all accounts, named as if it were of one.
base::result<account_restoration> restore_account(archive_folder& folder, const std::string& account,
                                                  const restore_request& request,
                                                  const work_progress& progress, base::log& log);

} // namespace collector
