// The capability list.
#include "pop3/capability.hpp"

#include "pop3/maildrop_view.hpp"
#include "pop3/status.hpp"

namespace pop3 {
namespace {

void append_sasl(std::string& out, const session_policy& policy)
{
    const auto offered = mechanisms(policy);
    if (offered.empty()) return;
    std::string line = "SASL";
    for (const auto* const mechanism : offered)
        if (line.size() + 1 + mechanism->name.size() + 2 <= response_line_octets_max)
            line.append(" ").append(mechanism->name);
    out.append(line).append("\r\n");
}

/// What was announced before log-in stays, even where this user has no delay (RFC 2449, section 5).
void append_login_delay(std::string& out, const login_delay_policy& policy, const maildrop_view* maildrop)
{
    const auto delay = maildrop ? maildrop->login_delay() : policy.seconds;
    if (policy.seconds.count() <= 0 && delay.count() <= 0) return;
    out += "LOGIN-DELAY " + std::to_string(delay.count());
    out += policy.per_user && !maildrop ? " USER\r\n" : "\r\n";
}

void append_expire(std::string& out, const session_policy& policy, const maildrop_view* maildrop)
{
    const auto days = expire_days(policy, maildrop);
    out += "EXPIRE " + (days ? std::to_string(*days) : std::string("NEVER"));
    out += policy.expire.per_user && !maildrop ? " USER\r\n" : "\r\n";
}

} // namespace

bool takes_passwords(const session_policy& policy)
{
    return policy.tls_active || policy.plaintext_allowed;
}

std::vector<const offered_mechanism*> mechanisms(const session_policy& policy)
{
    std::vector<const offered_mechanism*> out;
    for (const auto& mechanism : policy.tls_active ? policy.tls_mechanisms : policy.mechanisms)
        if (takes_passwords(policy) || !mechanism.shows_secret) out.push_back(&mechanism);
    return out;
}

std::optional<std::uint32_t> expire_days(const session_policy& policy, const maildrop_view* maildrop)
{
    return maildrop ? maildrop->expire_days() : policy.expire.days;
}

void append_capabilities(std::string& out, const session_policy& policy, const maildrop_view* maildrop)
{
    out += "TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n";
    // USER and SASL stay after log-in (RFC 2449, section 5; RFC 5034, section 3); STLS is for the state where
    // it is permitted (RFC 2595, section 4).
    if (takes_passwords(policy)) out += "USER\r\n";
    append_sasl(out, policy);
    if (policy.tls_available && !policy.tls_active && !maildrop) out += "STLS\r\n";
    append_login_delay(out, policy.login_delay, maildrop);
    append_expire(out, policy, maildrop);
    out += "UTF8 USER\r\nLANG\r\n";
    if (!policy.implementation.empty()) out += "IMPLEMENTATION " + policy.implementation + "\r\n";
}

} // namespace pop3
