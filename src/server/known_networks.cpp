// From which networks each user has logged in.
#include "server/known_networks.hpp"

#include <algorithm>

namespace server {

void known_networks::remember(std::uint64_t account, std::uint64_t network)
{
    const auto found = by_account_.find(account);
    if (found == by_account_.end()) {
        if (entries_.size() >= accounts_max_) {
            for (const auto each : entries_.back().networks) forget(each);
            by_account_.erase(entries_.back().account);
            entries_.pop_back();
        }
        entries_.push_front({account, {}});
        by_account_[account] = entries_.begin();
    } else {
        entries_.splice(entries_.begin(), entries_, found->second);
    }
    auto& networks = entries_.front().networks;
    auto at = std::ranges::find(networks, network);
    if (at == networks.end()) {
        at = std::prev(networks.end());
        forget(*at);
        *at = network;
        ++users_of_[network];
    }
    std::rotate(networks.begin(), at, std::next(at));
}

bool known_networks::knows(std::uint64_t account, std::uint64_t network) const
{
    const auto found = by_account_.find(account);
    return found != by_account_.end() &&
           std::ranges::find(found->second->networks, network) != found->second->networks.end();
}

void known_networks::forget(std::uint64_t network)
{
    const auto found = users_of_.find(network);
    if (found != users_of_.end() && --found->second == 0) users_of_.erase(found);
}

} // namespace server
