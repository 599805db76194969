// Accounts side by side, each run once.
#include "collector/fetching.hpp"

#include "collector/ledger_care.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>

namespace collector {

namespace {

void fetch_account(archive_folder& folder, const std::string& account, const archive::fetch_wish& wish,
                   const fetch_calls& calls, stopping& stops, base::log& log)
{
    calls.began(account);
    const run_wishes wishes{
        .fetch = wish,
        .on_progress = [&](const archive::progress& now) { calls.progress(account, now); },
        .confirm = calls.confirm,
        .tell = calls.tell};
    calls.ended(account, run_account(folder, account, wishes, stops, log));
}

} // namespace

base::result<std::vector<std::string>> prepare_fetch(archive_folder& folder, const fetch_request& request)
{
    if (!request.wish.dry_run)
        if (auto ready = care_for_ledger(folder); !ready) return base::fail(ready.error());
    return folder.named_or_all(request.accounts);
}

void fetch(archive_folder& folder, const std::vector<std::string>& accounts, const archive::fetch_wish& wish,
           const fetch_calls& calls, stopping& stops, base::log& log)
{
    std::atomic<std::size_t> next = 0;
    const auto take_accounts = [&] {
        for (std::size_t at = next++; at < accounts.size() && !stops.stop; at = next++)
            fetch_account(folder, accounts[at], wish, calls, stops, log);
    };
    std::vector<std::thread> crew;
    const auto size = std::min<std::size_t>(accounts.size(), folder.configuration().accounts_at_once);
    for (std::size_t at = 1; at < size; ++at) crew.emplace_back(take_accounts);
    take_accounts();
    for (auto& each : crew) each.join();
}

} // namespace collector
