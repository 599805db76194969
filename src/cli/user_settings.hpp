// What holds for one user: the site's settings, with the domain's and the user's own put over them.
#pragma once

#include "auth/account.hpp"
#include "config/configuration.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct setting_in_force {
    std::string_view name;
    std::string value;      ///< as TOML writes it
    std::string_view level; ///< "user", "domain" or "site"
};

/// One for each key that a domain can have, in that order.
std::vector<setting_in_force> settings_in_force(const config::configuration& configuration,
                                                const auth::account& account);

} // namespace cli
