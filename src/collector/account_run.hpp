// One account's run, composed: its parts opened, fetched, remembered, indexed.
#pragma once

#include "archive/fetch.hpp"
#include "base/log.hpp"
#include "collector/archive_folder.hpp"
#include "net/interrupt.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace collector {

/// How a run may be stopped: `stop` in good order, `cut` at once.
struct stopping {
    std::atomic<bool> stop{false};
    std::shared_ptr<net::interrupt> cut = std::make_shared<net::interrupt>();
};

struct run_wishes {
    archive::fetch_wish fetch;
    std::function<void(const archive::progress&)> on_progress;
    std::function<bool(const archive::deletion_plan&)> confirm; ///< unset: nobody is there
    std::function<void(const std::string&)> tell;               ///< a sentence that a person must see
};

/// The run's account, or why it could not begin. Waits for LOGIN-DELAY first where that is a matter of minutes, else
/// login_delay. Whatever the end, it is noted in the ledger for `status`.
base::result<archive::closing_account> run_account(archive_folder& folder, const std::string& name,
                                                   const run_wishes& wishes, stopping& stops, base::log& log);

} // namespace collector
