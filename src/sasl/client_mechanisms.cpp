// Where the client's exchanges begin, and what each needs of the channel and the credentials.
#include "sasl/client.hpp"
#include "sasl/client_passwords.hpp"
#include "sasl/client_scram.hpp"
#include "sasl/client_tokens.hpp"
#include "sasl/mechanism.hpp"
#include "sasl/scram_messages.hpp"

namespace sasl {
namespace {

// In each of these a row whose exchange is not here has none: under its name no other mechanism may show the secret.

std::unique_ptr<client_exchange> begin_with_password(const mechanism& row, const credentials& with)
{
    if (row.name == "PLAIN") return std::make_unique<client_plain>(with);
    if (row.name == "LOGIN") return std::make_unique<client_login>(with);
    return nullptr;
}

std::unique_ptr<client_exchange> begin_with_token(const mechanism& row, const credentials& with)
{
    using form = client_token_exchange::form;
    if (with.token.empty()) return nullptr;
    if (row.name == "OAUTHBEARER") return std::make_unique<client_token_exchange>(form::oauthbearer, with);
    if (row.name == "XOAUTH2" && !with.user.empty())
        return std::make_unique<client_token_exchange>(form::xoauth2, with);
    return nullptr;
}

} // namespace

std::unique_ptr<client_exchange> begin_client(std::string_view mechanism, const credentials& with,
                                              const channel& channel, bool plus_offered, base::random& random)
{
    const auto* const row = find_mechanism(mechanism);
    if (row == nullptr || (row->binds_channel && !channel.can_bind())) return nullptr;
    const bool has_password = !with.user.empty() && !with.secret.empty();
    switch (row->proof) {
    case proof::password: return has_password ? begin_with_password(*row, with) : nullptr;
    case proof::token: return begin_with_token(*row, with);
    case proof::scram:
        if (!has_password || !row->scram_hash) return nullptr;
        return std::make_unique<client_scram>(
            client_scram_rules{*row->scram_hash, row->binds_channel, plus_offered}, with, channel,
            new_nonce(random));
    case proof::shared_secret:
        if (!has_password || row->name != "CRAM-MD5") return nullptr;
        return std::make_unique<client_cram_md5>(with);
    case proof::certificate:
        if (!channel.tls || row->name != "EXTERNAL") return nullptr;
        return std::make_unique<client_external>(with);
    }
    return nullptr;
}

} // namespace sasl
