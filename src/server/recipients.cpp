// The recipients of one transaction, and the accounts that they lead to.
#include "server/recipients.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

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

namespace {

using routes = std::vector<auth::route>;

struct parts {
    std::string_view local_part;
    std::optional<std::string_view> domain;
};

parts parts_of(std::string_view address)
{
    const auto offset = address.rfind('@');
    if (offset == address.npos) return {address, std::nullopt};
    return {address.substr(0, offset), address.substr(offset + 1)};
}

bool named_postmaster(std::string_view local_part)
{
    return base::equal_ignoring_case(local_part, postmaster_maildrop);
}

/// Nothing where the users do not know the address.
base::result<std::optional<routes>> known_routes(const auth::user_directory& users, std::string_view address)
{
    auto found = users.resolve(address);
    if (found) return *std::move(found);
    const auto& error = found.error();
    if (error.kind == base::failure::unknown_user && !error.temporary) return std::nullopt;
    return base::fail(error);
}

base::result<std::optional<routes>> postmaster_routes(const auth::user_directory& users, const settings& site)
{
    const std::string here = std::string(postmaster_maildrop) + "@" + site.host_name;
    for (const std::string_view name :
         {postmaster_maildrop, std::string_view(here), std::string_view(site.mail_in.postmaster)}) {
        auto found = name.empty() ? base::result<std::optional<routes>>() : known_routes(users, name);
        if (!found || *found) return found;
    }
    return std::nullopt;
}

} // namespace

base::result<bool> is_local(const auth::user_directory& users, const settings& site, std::string_view address)
{
    const auto [local_part, domain] = parts_of(address);
    if (!domain) return true;
    const auto canonical = auth::canonical_domain(*domain);
    if (named_postmaster(local_part) && canonical && canonical == auth::canonical_domain(site.host_name))
        return true;
    return users.local_domain(*domain);
}

base::result<std::vector<auth::route>> routes_of(const auth::user_directory& users, const settings& site,
                                                 std::string_view address)
{
    auto found = users.resolve(address);
    if (found || found.error().kind != base::failure::unknown_user || found.error().temporary) return found;
    if (!named_postmaster(parts_of(address).local_part)) return found;
    const auto local = is_local(users, site, address);
    if (!local) return base::fail(local.error());
    if (!*local) return found;
    auto others = postmaster_routes(users, site);
    if (!others) return base::fail(others.error());
    if (*others) return **std::move(others);
    // In a domain of that name the maildrop would be the folder of all its users.
    const auto is_domain = users.local_domain(postmaster_maildrop);
    if (!is_domain) return base::fail(is_domain.error());
    if (*is_domain) return found;
    auth::account unread;
    unread.name = postmaster_maildrop;
    return routes{{std::move(unread), ""}};
}

base::result<bool> postmaster_unread(const auth::user_directory& users, const settings& site)
{
    const auto found = postmaster_routes(users, site);
    if (!found) return base::fail(found.error());
    return !found->has_value();
}

} // namespace server
