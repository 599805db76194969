// A message in a maildrop that warns its owner before mail is refused.
#pragma once

#include "auth/account.hpp"
#include "base/clock.hpp"
#include "server/settings.hpp"
#include "store/store.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace server {

using boost::asio::awaitable;

/// Warns once for each time that deliveries take a maildrop over maildrops.quota_warning_percent of its quota: it was
/// below before the delivery and is not behind it. What the maildrop holds is on disk, so a restart repeats no warning.
/// Thread-safe. No call fails a delivery. What a call is given must live until it ends.
class quota_warnings {
public:
    quota_warnings(store::store& mail, const base::clock& clock) : mail_(mail), clock_(clock) {}

    /// Before a delivery: those of `accounts` that have a quota and are below the share now.
    awaitable<std::vector<auth::account>> below(const settings& site,
                                                std::span<const auth::account> accounts);
    /// Behind it: warns those of `accounts`, which were below, that are not any more.
    awaitable<void> warn(const settings& site, std::span<const auth::account> accounts);

private:
    bool over_lately(const std::string& user);
    bool note_over(const std::string& user);
    awaitable<std::vector<bool>> are_over(const settings& site, const std::vector<auth::account>& accounts);
    awaitable<void> deliver_warning(const settings& site, const auth::account& account);

    store::store& mail_;
    const base::clock& clock_;
    std::mutex mutex_;
    std::map<std::string, base::steady_time> over_; ///< since when that was seen
};

} // namespace server
