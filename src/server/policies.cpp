// Site and account, merged; which mechanisms a connection may offer.
#include "server/policies.hpp"

#include <algorithm>
#include <array>
#include <string_view>

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

bool ends_with_plus(std::string_view mechanism)
{
    return mechanism.ends_with("-PLUS");
}

bool sends_the_password(std::string_view mechanism)
{
    return mechanism == "PLAIN" || mechanism == "LOGIN";
}

bool fits_plain_text(std::string_view mechanism, bool plaintext_allowed)
{
    if (ends_with_plus(mechanism) || mechanism == "EXTERNAL") return false;
    return plaintext_allowed || !sends_the_password(mechanism);
}

/// -PLUS needs something to bind to; EXTERNAL is offered only to who showed a certificate (RFC 8314,
/// section 4.1 ff.).
bool fits_tls(std::string_view mechanism, const net::tls_facts& tls)
{
    if (ends_with_plus(mechanism)) return tls.can_bind;
    if (mechanism == "EXTERNAL") return !tls.certificate_identity.empty();
    return true;
}

template <typename Predicate>
std::vector<std::string> filtered(const std::vector<std::string>& mechanisms, Predicate fits)
{
    std::vector<std::string> out;
    std::ranges::copy_if(mechanisms, std::back_inserter(out), fits);
    return out;
}

} // namespace

store::maildrop_policy maildrop_policy(const store::maildrop_policy& site, const auth::account& account)
{
    auto policy = site;
    policy.quota_octets = limit(site.quota_octets, account.quota_octets);
    policy.quota_messages = limit(site.quota_messages, account.quota_messages);
    policy.expire = limit(site.expire, account.expire);
    if (account.held_for) policy.held_for = *account.held_for;
    if (account.lock)
        policy.lock =
            *account.lock == "snapshot" ? store::lock_policy::snapshot : store::lock_policy::exclusive;
    return policy;
}

std::chrono::seconds login_delay(const pop3_settings& site, const auth::account& account)
{
    return account.login_delay.value_or(site.login_delay);
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

pop3::session_policy pop3_session_policy(const settings& site, const listener_settings& listener,
                                         const net::tls_facts* tls, std::string apop_timestamp)
{
    const auto& own = site.pop3;
    pop3::session_policy policy;
    policy.host_name = site.host_name;
    policy.implementation = own.implementation;
    policy.apop_timestamp = std::move(apop_timestamp);
    policy.tls_active = tls != nullptr;
    policy.tls_available = listener.tls == tls_mode::start_tls;
    policy.plaintext_allowed = listener.plaintext_allowed;
    policy.mechanisms = filtered(own.mechanisms, [&listener](const std::string& mechanism) {
        return fits_plain_text(mechanism, listener.plaintext_allowed);
    });
    if (tls)
        policy.tls_mechanisms = filtered(
            own.mechanisms, [tls](const std::string& mechanism) { return fits_tls(mechanism, *tls); });
    policy.expire = {.days = expire_days(own.expire_least ? own.expire_least : site.maildrop.expire),
                     .per_user = own.expire_least.has_value()};
    policy.login_delay = {.seconds = own.login_delay_most.value_or(own.login_delay),
                          .per_user = own.login_delay_most.has_value()};
    policy.fallback = own.fallback;
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
