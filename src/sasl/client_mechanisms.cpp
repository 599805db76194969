// Where the client's exchanges begin, and what each needs of the channel and the credentials.
#include "sasl/client.hpp"
#include "sasl/client_passwords.hpp"
#include "sasl/client_scram.hpp"
#include "sasl/client_tokens.hpp"
#include "sasl/mechanism.hpp"
#include "sasl/scram_messages.hpp"

namespace sasl {
namespace {

std::unique_ptr<client_exchange> begin_with_password(const mechanism& row, const credentials& with,
                                                     const channel& channel, bool plus_offered,
                                                     base::random& random)
{
    if (row.proof == proof::scram)
        return std::make_unique<client_scram>(
            client_scram_rules{*row.scram_hash, row.binds_channel, plus_offered}, with, channel,
            new_nonce(random));
    if (row.proof == proof::shared_secret) return std::make_unique<client_cram_md5>(with);
    if (row.name == "LOGIN") return std::make_unique<client_login>(with);
    return std::make_unique<client_plain>(with);
}

std::unique_ptr<client_exchange> begin_with_token(const mechanism& row, const credentials& with)
{
    using form = client_token_exchange::form;
    if (with.token.empty()) return nullptr;
    if (row.name == "OAUTHBEARER") return std::make_unique<client_token_exchange>(form::oauthbearer, with);
    return with.user.empty() ? nullptr : std::make_unique<client_token_exchange>(form::xoauth2, with);
}

} // namespace

std::unique_ptr<client_exchange> begin_client(std::string_view mechanism, const credentials& with,
                                              const channel& channel, bool plus_offered, base::random& random)
{
    const auto* const row = find_mechanism(mechanism);
    if (row == nullptr || (row->binds_channel && !channel.can_bind())) return nullptr;
    if (row->proof == proof::certificate)
        return channel.tls ? std::make_unique<client_external>(with) : nullptr;
    if (row->proof == proof::token) return begin_with_token(*row, with);
    if (with.user.empty() || with.secret.empty()) return nullptr;
    return begin_with_password(*row, with, channel, plus_offered, random);
}

} // namespace sasl
