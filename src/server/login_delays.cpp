// LOGIN-DELAY, kept as the time from which the next log-in is allowed.
#include "server/login_delays.hpp"

#include <algorithm>

namespace server {

base::result<> local_login_delays::check(const std::string& user, std::chrono::seconds delay,
                                         base::steady_time now) const
{
    if (delay.count() == 0) return {};
    const std::lock_guard lock(mutex_);
    const auto found = until_.find(user);
    if (found == until_.end() || found->second <= now) return {};
    const auto wait = std::chrono::ceil<std::chrono::seconds>(found->second - now).count();
    return base::fail(base::temporary_error(
        base::failure::login_delay, "logged in less than the log-in delay ago", std::to_string(wait)));
}

void local_login_delays::note(const std::string& user, std::chrono::seconds delay, base::steady_time now)
{
    if (delay.count() == 0) return;
    const std::lock_guard lock(mutex_);
    until_[user] = now + delay;
    if (until_.size() < forget_at_) return;
    std::erase_if(until_, [now](const auto& entry) { return entry.second <= now; });
    // Cleaning again only when the table has doubled keeps the cost of a log-in constant.
    forget_at_ = std::max<std::size_t>(1024, until_.size() * 2);
}

} // namespace server
