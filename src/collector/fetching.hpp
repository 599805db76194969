// Accounts side by side, each run once.
#pragma once

#include "archive/fetch.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "net/interrupt.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace collector {

// One account's run, composed: its parts opened, fetched, remembered, indexed.

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
base::result<archive::fetch_report> run_account(archive_folder& folder, const std::string& name,
                                                const run_wishes& wishes, stopping& stops, base::log& log);

struct fetch_request {
    std::vector<std::string> accounts; ///< none: all
    archive::fetch_wish wish;
};

/// What is heard of the accounts while they run. Each is called from the threads of several accounts.
struct fetch_calls {
    std::function<void(const std::string& account)> began;
    std::function<void(const std::string& account, const archive::progress&)> progress;
    std::function<bool(const archive::deletion_plan&)> confirm;
    std::function<void(const std::string&)> tell; ///< a sentence that a person must see
    /// With the account of its run, or why it could not begin.
    std::function<void(const std::string& account, const base::result<archive::fetch_report>&)> ended;
};

/// The accounts to run. Makes a damaged ledger again where the run may change things: before there are threads, for it
/// is replaced only while nobody has it open.
base::result<std::vector<std::string>> prepare_fetch(archive_folder& folder, const fetch_request& request);

/// Runs each account once, as many at once as the configuration allows. Once `stops.stop` is set, none begins.
void fetch(archive_folder& folder, const std::vector<std::string>& accounts, const archive::fetch_wish& wish,
           const fetch_calls& calls, stopping& stops, base::log& log);

} // namespace collector
