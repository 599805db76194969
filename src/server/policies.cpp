// Site and account, merged; which mechanisms a connection may offer.
#include "server/policies.hpp"

#include "sasl/mechanism.hpp"

#include <algorithm>
#include <string_view>
#include <thread>

namespace server {
namespace {

// As Postfix's smtpd_junk_command_limit. An MTA may have many messages in a row without one good recipient.
constexpr unsigned smtp_commands_without_message_max = 100;
constexpr unsigned lmtp_commands_without_message_max = 1000;

/// Zero in an account means that the limit does not hold for it.
template <typename Value>
std::optional<Value> limit(const std::optional<Value>& site, const std::optional<Value>& own)
{
    if (!own) return site;
    return *own == Value{} ? std::nullopt : own;
}

bool fits_plain_text(const sasl::mechanism& mechanism, bool plaintext_allowed)
{
    if (mechanism.binds_channel || mechanism.needs_certificate()) return false;
    return plaintext_allowed || !mechanism.shows_secret();
}

/// -PLUS needs something to bind to; EXTERNAL is offered only to who showed a certificate (RFC 8314,
/// section 4.1 ff.).
bool fits_tls(const sasl::mechanism& mechanism, const net::tls_facts& tls)
{
    if (mechanism.binds_channel) return tls.can_bind;
    if (mechanism.needs_certificate()) return !tls.certificate_identity.empty();
    return true;
}

void override_settings(maildrop_settings& site, const own_settings& own)
{
    site.quota_octets = limit(site.quota_octets, own.quota_octets);
    site.quota_messages = limit(site.quota_messages, own.quota_messages);
    site.expire = limit(site.expire, own.expire);
    site.held_for = own.held_for.value_or(site.held_for);
    site.lock = own.lock.value_or(site.lock);
}

store::lock_policy policy_of(maildrop_lock lock)
{
    switch (lock) {
    case maildrop_lock::exclusive: break;
    case maildrop_lock::snapshot: return store::lock_policy::snapshot;
    }
    return store::lock_policy::exclusive;
}

pop3::utf8_fallback policy_of(utf8_fallback fallback)
{
    switch (fallback) {
    case utf8_fallback::as_is: return pop3::utf8_fallback::as_is;
    case utf8_fallback::surrogate: break;
    case utf8_fallback::refuse: return pop3::utf8_fallback::refuse;
    }
    return pop3::utf8_fallback::surrogate;
}

void add_times(auth::own_times& times, const own_settings& own)
{
    if (own.expire) times.expire.add(own.expire->count() == 0 ? auth::never_expires : *own.expire);
    if (own.login_delay) times.login_delay.add(*own.login_delay);
}

/// What has no row among the mechanisms is left out: nobody knows what it would show.
template <typename Predicate>
std::vector<pop3::offered_mechanism> offered(const std::vector<std::string>& names, Predicate fits)
{
    std::vector<pop3::offered_mechanism> out;
    for (const auto& name : names)
        if (const auto* const row = sasl::find_mechanism(name);
            row != nullptr && row->at_server && fits(*row))
            out.push_back({.name = std::string(row->name),
                           .shows_secret = row->shows_secret(),
                           .server_first = row->server_first});
    return out;
}

} // namespace

own_settings settings_of(const auth::account& account)
{
    own_settings own{.quota_octets = account.quota_octets,
                     .quota_messages = account.quota_messages,
                     .expire = account.expire,
                     .held_for = account.held_for,
                     .login_delay = account.login_delay};
    if (account.lock)
        own.lock = *account.lock == "snapshot" ? maildrop_lock::snapshot : maildrop_lock::exclusive;
    return own;
}

const own_settings* domain_settings(const settings& site, std::string_view user_name)
{
    const auto offset = user_name.rfind('@');
    if (offset == std::string_view::npos) return nullptr;
    const auto domain = auth::canonical_domain(user_name.substr(offset + 1));
    const auto found = domain ? site.domains.find(*domain) : site.domains.end();
    return found == site.domains.end() ? nullptr : &found->second;
}

std::size_t disk_threads(const settings& site)
{
    if (site.disk_threads > 0) return site.disk_threads;
    return std::size_t{4} * std::max(1U, std::thread::hardware_concurrency());
}

store::maildrop_policy maildrop_policy(const settings& site, const auth::account& account)
{
    auto merged = site.maildrop;
    if (const auto* const domain = domain_settings(site, account.name)) override_settings(merged, *domain);
    override_settings(merged, settings_of(account));
    if (merged.expire) merged.expire = std::max<std::chrono::seconds>(*merged.expire, std::chrono::days(1));
    return {.lock = policy_of(merged.lock),
            .quota_octets = merged.quota_octets,
            .quota_messages = merged.quota_messages,
            .expire = merged.expire,
            .held_for = merged.held_for,
            .list_surrogates = site.pop3.fallback != utf8_fallback::as_is};
}

std::chrono::seconds login_delay(const settings& site, const auth::account& account)
{
    if (account.login_delay) return *account.login_delay;
    const auto* const domain = domain_settings(site, account.name);
    return domain ? domain->login_delay.value_or(site.pop3.login_delay) : site.pop3.login_delay;
}

std::string host_name(const settings& site, const auth::account& account)
{
    const auto* const domain = domain_settings(site, account.name);
    return domain ? domain->host_name.value_or(site.host_name) : site.host_name;
}

announced_times times_before_log_in(const settings& site, const auth::own_times& users)
{
    auto times = users;
    times.expire.add(site.maildrop.expire.value_or(auth::never_expires));
    times.login_delay.add(site.pop3.login_delay);
    for (const auto& [name, own] : site.domains) add_times(times, own);
    announced_times announced{.expire = {},
                              .expire_differs = times.expire.least != times.expire.most,
                              .login_delay = *times.login_delay.most,
                              .login_delay_differs = times.login_delay.least != times.login_delay.most};
    if (times.expire.least != auth::never_expires) announced.expire = times.expire.least;
    return announced;
}

std::optional<std::uint32_t> expire_days(std::optional<std::chrono::seconds> expire)
{
    if (!expire) return std::nullopt;
    const auto days = std::chrono::duration_cast<std::chrono::days>(*expire).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(days, 1, 0xffffffff));
}

bool may_come_from(const auth::account& account, const net::peer_address& peer)
{
    if (account.allow_networks.empty()) return true;
    if (peer.local) return false;
    return std::ranges::any_of(account.allow_networks, [&peer](const std::string& text) {
        const auto network = net::network::parse(text);
        return network && network->contains(peer.octets);
    });
}

pop3::session_policy pop3_session_policy(const site& present, const listener_settings& listener,
                                         const net::tls_facts* tls, std::string apop_timestamp)
{
    const auto& own = present.settings.pop3;
    pop3::session_policy policy;
    policy.host_name = present.settings.host_name;
    policy.implementation = own.implementation;
    policy.apop_timestamp = std::move(apop_timestamp);
    policy.tls_active = tls != nullptr;
    policy.tls_available = listener.tls == tls_mode::start_tls;
    policy.plaintext_allowed = listener.plaintext_allowed;
    policy.mechanisms = offered(own.mechanisms, [&listener](const sasl::mechanism& mechanism) {
        return fits_plain_text(mechanism, listener.plaintext_allowed);
    });
    if (tls)
        policy.tls_mechanisms = offered(
            own.mechanisms, [tls](const sasl::mechanism& mechanism) { return fits_tls(mechanism, *tls); });
    policy.expire = {.days = expire_days(present.announced.expire),
                     .per_user = present.announced.expire_differs};
    policy.login_delay = {.seconds = present.announced.login_delay,
                          .per_user = present.announced.login_delay_differs};
    policy.fallback = policy_of(own.fallback);
    policy.languages = own.languages;
    policy.bad_commands_before_login = own.bad_commands_before_login;
    policy.bad_commands_after_login = own.bad_commands_after_login;
    policy.log_in_failures_max = own.log_in_failures_max;
    return policy;
}

lmtp::session_policy mail_in_session_policy(const settings& site, const listener_settings& listener,
                                            bool tls_active)
{
    lmtp::session_policy policy;
    policy.protocol = listener.service == service::lmtp ? lmtp::protocol::lmtp : lmtp::protocol::smtp;
    policy.host_name = site.host_name;
    policy.tls_available = listener.tls == tls_mode::start_tls;
    policy.tls_active = tls_active;
    policy.message_octets_max = site.mail_in.message_octets_max;
    policy.recipients_max = site.mail_in.recipients_max;
    policy.bad_commands_max = site.mail_in.bad_commands_max;
    const bool stranger = listener.service == service::smtp;
    policy.refused_recipients_count = stranger;
    policy.commands_without_message_max =
        stranger ? smtp_commands_without_message_max : lmtp_commands_without_message_max;
    return policy;
}

} // namespace server
