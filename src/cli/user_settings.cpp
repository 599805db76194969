// What holds for one user: the site's settings, with the domain's and the user's own put over them.
#include "cli/user_settings.hpp"

#include "config/domain_keys.hpp"
#include "server/policies.hpp"

namespace cli {

std::vector<setting_in_force> settings_in_force(const config::configuration& configuration,
                                                const auth::account& account)
{
    const auto users_own = server::settings_of(account);
    const auto* const domains_own = server::domain_settings(configuration.site, account.name);
    std::vector<setting_in_force> out;
    for (const auto& key : config::domain_keys()) {
        auto scratch = configuration;
        std::string_view level = "site";
        if (domains_own != nullptr && key.put(*domains_own, scratch)) level = "domain";
        if (key.put(users_own, scratch)) level = "user";
        out.push_back({key.name, config::format_domain_value(key, scratch), level});
    }
    return out;
}

} // namespace cli
