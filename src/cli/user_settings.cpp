// What holds for one user: the site's settings, with the domain's and the user's own put over them.
#include "cli/user_settings.hpp"

#include "config/domain_keys.hpp"
#include "server/policies.hpp"

namespace cli {

std::vector<setting_in_force> settings_in_force(const config::configuration& of, const auth::account& account)
{
    const auto users_own = server::settings_of(account);
    const auto* const domains_own = server::domain_settings(of.site, account.name);
    std::vector<setting_in_force> out;
    for (const auto& each : config::domain_keys()) {
        auto scratch = of;
        std::string_view from = "site";
        if (domains_own != nullptr && each.put(*domains_own, scratch)) from = "domain";
        if (each.put(users_own, scratch)) from = "user";
        out.push_back({each.name, config::format_domain_value(each, scratch), from});
    }
    return out;
}

} // namespace cli
