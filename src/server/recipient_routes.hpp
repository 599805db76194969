// Which recipients are ours, and where their mail goes; postmaster always somewhere (RFC 5321, section 4.5.1).
#pragma once

#include "auth/user_directory.hpp"
#include "base/result.hpp"
#include "server/settings.hpp"

#include <string_view>
#include <vector>

namespace server {

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
