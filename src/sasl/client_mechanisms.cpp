// Which mechanisms the client's end speaks, and what each needs of the channel and the credentials.
#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "sasl/client.hpp"
#include "sasl/client_passwords.hpp"
#include "sasl/client_scram.hpp"
#include "sasl/client_tokens.hpp"
#include "sasl/scram_messages.hpp"

#include <algorithm>
#include <array>

namespace sasl {
namespace {

constexpr std::array<std::string_view, 10> client_names{
    "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "EXTERNAL",
    "OAUTHBEARER",        "XOAUTH2",          "CRAM-MD5",      "PLAIN",       "LOGIN"};

/// The name as this room writes it; empty: unknown. Case does not matter to servers (RFC 5034, section 4).
std::string_view known_name(std::string_view mechanism)
{
    const auto* const found = std::ranges::find_if(
        client_names, [&](std::string_view name) { return base::equal_ignoring_case(name, mechanism); });
    return found == client_names.end() ? std::string_view() : *found;
}

std::unique_ptr<client_exchange> begin_scram(std::string_view name, const credentials& with,
                                             const channel& channel, bool plus_offered, base::random& random)
{
    const bool plus = name.ends_with("-PLUS");
    if (plus && !channel.can_bind()) return nullptr;
    const hash with_hash = name.starts_with("SCRAM-SHA-256") ? hash::sha_256 : hash::sha_1;
    return std::make_unique<client_scram>(client_scram_rules{with_hash, plus, plus_offered}, with, channel,
                                          new_nonce(random));
}

} // namespace

std::span<const std::string_view> client_mechanisms()
{
    return client_names;
}

bool shows_secret(std::string_view mechanism)
{
    const std::string_view name = known_name(mechanism);
    return name == "PLAIN" || name == "LOGIN" || name == "OAUTHBEARER" || name == "XOAUTH2";
}

std::unique_ptr<client_exchange> begin_client(std::string_view mechanism, const credentials& with,
                                              const channel& channel, bool plus_offered, base::random& random)
{
    using form = client_token_exchange::form;
    const std::string_view name = known_name(mechanism);
    if (name.empty()) return nullptr;
    if (name == "EXTERNAL") return channel.tls ? std::make_unique<client_external>(with) : nullptr;
    if (name == "OAUTHBEARER" && !with.token.empty())
        return std::make_unique<client_token_exchange>(form::oauthbearer, with);
    if (name == "XOAUTH2" && !with.token.empty() && !with.user.empty())
        return std::make_unique<client_token_exchange>(form::xoauth2, with);
    if (with.user.empty() || with.secret.empty()) return nullptr;
    if (name == "PLAIN") return std::make_unique<client_plain>(with);
    if (name == "LOGIN") return std::make_unique<client_login>(with);
    if (name == "CRAM-MD5") return std::make_unique<client_cram_md5>(with);
    if (name.starts_with("SCRAM-")) return begin_scram(name, with, channel, plus_offered, random);
    return nullptr;
}

} // namespace sasl
