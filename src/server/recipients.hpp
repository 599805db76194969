// The recipients of one transaction, and the accounts that they lead to.
#pragma once

#include "auth/account.hpp"
#include "auth/user_directory.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace server {

/// Keeps each account once, and each list of accounts once, however many addresses lead there: what a transaction costs
/// is its addresses, which are counted, and the users it reaches.
class recipients {
public:
    /// Indexes of accounts(), ascending.
    using group = std::vector<std::size_t>;

    /// An accepted recipient and where it leads. An address that was added before is the same recipient.
    void add(const std::string& address, const std::vector<auth::route>& routes);
    void clear();

    bool leads_to(std::string_view account) const { return by_name_.contains(account); }
    const std::vector<auth::account>& accounts() const { return accounts_; }
    /// Where an added address leads.
    const group& group_of(const std::string& address) const { return *by_address_.at(address); }

private:
    std::size_t keep(const auth::account& account);

    std::vector<auth::account> accounts_;
    std::map<std::string, std::size_t, std::less<>> by_name_;
    std::set<group> groups_; // its nodes stay where they are, also when all this is moved
    std::map<std::string, const group*> by_address_;
};

} // namespace server
