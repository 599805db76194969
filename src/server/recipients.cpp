// The recipients of one transaction, and the accounts that they lead to.
#include "server/recipients.hpp"

#include <algorithm>

namespace server {

void recipients::add(const std::string& address, const std::vector<auth::route>& routes)
{
    group leads_to;
    for (const auto& route : routes) leads_to.push_back(keep(route.account));
    std::ranges::sort(leads_to);
    const auto repeated = std::ranges::unique(leads_to);
    leads_to.erase(repeated.begin(), repeated.end());
    by_address_[address] = &*groups_.insert(std::move(leads_to)).first;
}

void recipients::clear()
{
    *this = {};
}

std::size_t recipients::keep(const auth::account& account)
{
    const auto [found, is_new] = by_name_.try_emplace(account.name, accounts_.size());
    if (is_new) accounts_.push_back(account);
    return found->second;
}

} // namespace server
