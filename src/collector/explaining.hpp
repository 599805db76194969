// What is known of a message, by each unique-id that a server gave it: what happened to it, and where it is now.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "collector/indexing.hpp"
#include "ledger/ledger.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace collector {

struct explain_request {
    std::string message;                ///< a unique-id, or a number of the index
    std::optional<std::string> account; ///< this one alone
};

struct explanation {
    const ledger::message_record& record;
    std::vector<ledger::event> events; ///< the oldest first
    std::string here_now;              ///< whether the file is here as it was stored; empty: never stored
    std::optional<base::wall_time> verified_at;
    bool is_copy_away = false; ///< the folder of its second copy cannot be reached now
    std::string why_on_server; ///< why the server still has it, as far as the ledger knows; empty: it has not
};

/// Hands what is known to `visit`, for every unique-id of the message. How many those were: none of one that was
/// imported. `vanished` where there is no such message.
base::result<std::size_t> explain(archive_folder& folder, const explain_request& request,
                                  const indexing_progress& indexing,
                                  const std::function<void(const explanation&)>& visit);

} // namespace collector
