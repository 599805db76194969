// The keys of [domains."NAME"]: what holds for the users of one domain, each written as the site's key for the same.
#include "config/domain_keys.hpp"

#include "config/schema.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace config {

namespace {

// The site's places hold a value or, for "no limit" and "never", none; a domain's hold 0 for that, since none
// means that the site's holds.
template <typename T>
T with_zero(const std::optional<T>& site)
{
    return site.value_or(T{});
}
template <typename T>
std::optional<T> without_zero(T own)
{
    return own == T{} ? std::nullopt : std::optional<T>(own);
}

constexpr auto own_keys = std::to_array<domain_key>({
    {"host_name", "host_name",
     [](const configuration& read, server::own_settings& settings) {
         if (!read.host_name.empty()) settings.host_name = read.host_name;
     },
     [](const server::own_settings& own, configuration& config) {
         if (own.host_name) config.host_name = *own.host_name;
         return own.host_name.has_value();
     },
     "The name of this server in the Received lines of mail for the domain."},
    {"login_delay", "pop3.login_delay",
     [](const configuration& read, server::own_settings& settings) {
         settings.login_delay = read.site.pop3.login_delay;
     },
     [](const server::own_settings& own, configuration& config) {
         if (own.login_delay) config.site.pop3.login_delay = *own.login_delay;
         return own.login_delay.has_value();
     },
     "The minimum time between two log-ins of one user. \"0\": none."},
    {"lock", "maildrops.lock",
     [](const configuration& read, server::own_settings& settings) {
         settings.lock = read.site.maildrop.lock;
     },
     [](const server::own_settings& own, configuration& config) {
         if (own.lock) config.site.maildrop.lock = *own.lock;
         return own.lock.has_value();
     },
     "\"exclusive\" or \"snapshot\"."},
    {"held_for", "maildrops.held_for",
     [](const configuration& read, server::own_settings& settings) {
         settings.held_for = read.site.maildrop.held_for;
     },
     [](const server::own_settings& own, configuration& config) {
         if (own.held_for) config.site.maildrop.held_for = *own.held_for;
         return own.held_for.has_value();
     },
     "How long deleted mail can be brought back. \"0\": deleted immediately."},
    {"expire", "maildrops.expire",
     [](const configuration& read, server::own_settings& settings) {
         settings.expire = with_zero(read.site.maildrop.expire);
     },
     [](const server::own_settings& own, configuration& config) {
         if (own.expire) config.site.maildrop.expire = without_zero(*own.expire);
         return own.expire.has_value();
     },
     "Mail that arrived longer ago is removed. \"never\": it stays."},
    {"quota_octets", "maildrops.quota_octets",
     [](const configuration& read, server::own_settings& settings) {
         settings.quota_octets = with_zero(read.site.maildrop.quota_octets);
     },
     [](const server::own_settings& own, configuration& config) {
         if (own.quota_octets) config.site.maildrop.quota_octets = without_zero(*own.quota_octets);
         return own.quota_octets.has_value();
     },
     "How much mail one maildrop of the domain may hold. 0: no limit."},
    {"quota_messages", "maildrops.quota_messages",
     [](const configuration& read, server::own_settings& settings) {
         settings.quota_messages = with_zero(read.site.maildrop.quota_messages);
     },
     [](const server::own_settings& own, configuration& config) {
         if (own.quota_messages) config.site.maildrop.quota_messages = without_zero(*own.quota_messages);
         return own.quota_messages.has_value();
     },
     "How many messages one maildrop of the domain may hold. 0: no limit."},
});

} // namespace

std::span<const domain_key> domain_keys()
{
    return own_keys;
}

std::string format_domain_value(const domain_key& key, const configuration& config)
{
    return format_value(*std::ranges::find(site_keys(), key.site_path, &key::path), config);
}

std::string format_domains(const configuration& config)
{
    std::string out;
    for (const auto& [name, own] : config.site.domains) {
        out.append("\n[domains.\"").append(name).append("\"]\n");
        for (const auto& key : own_keys) {
            configuration scratch;
            if (!key.put(own, scratch)) continue;
            out.append(key.name).append(" = ").append(format_domain_value(key, scratch)).append("\n");
        }
    }
    return out;
}

} // namespace config
