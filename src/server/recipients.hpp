// Where an address leads, and the recipients of one transaction with the accounts that they lead to.
#pragma once

#include "auth/account.hpp"
#include "auth/user_directory.hpp"
#include "base/result.hpp"
#include "server/settings.hpp"

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

/// The maildrop that keeps postmaster's mail while nobody reads it. A user of that name opens it.
constexpr std::string_view postmaster_maildrop = "postmaster";

/// The address has no domain, one in which we have users, or it is postmaster at `site.host_name`. An error where the
/// directory is down.
base::result<bool> is_local(const auth::user_directory& users, const settings& site,
                            std::string_view address);

/// Where mail for `address` goes: where the users say; for a postmaster that they do not know, to the user or alias
/// `postmaster`, then to `site.mail_in.postmaster`, then into `postmaster_maildrop`, so that none is refused or lost.
/// unknown_user where nowhere.
base::result<std::vector<auth::route>> routes_of(const auth::user_directory& users, const settings& site,
                                                 std::string_view address);

/// Postmaster's mail would go into `postmaster_maildrop`, which no user can open.
base::result<bool> postmaster_unread(const auth::user_directory& users, const settings& site);

} // namespace server
