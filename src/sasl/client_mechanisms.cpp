// Where the client's exchanges begin and what each needs of the channel and the credentials; all of them but SCRAM.
#include "sasl/client_mechanisms.hpp"

#include "base/encoding.hpp"
#include "sasl/mechanism.hpp"
#include "sasl/scram.hpp"

#include <algorithm>

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

/// RFC 7628, section 3.1: it parts the fields, and alone it answers an error.
constexpr char separator = '\x01';

/// RFC 6750, section 2.1: a token is printable ASCII without a space.
bool is_token(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7E; });
}

bool has_control(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
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

std::optional<std::string> client_plain::initial_response()
{
    // NUL parts the fields: one inside of them would make other fields.
    for (const std::string* const field : {&with_.authorization, &with_.user, &with_.secret})
        if (field->find('\0') != field->npos) return std::nullopt;
    return with_.authorization + '\0' + with_.user + '\0' + with_.secret;
}

base::result<std::string> client_plain::respond(std::string_view)
{
    if (std::exchange(answered_, true)) return refusal("PLAIN: the server asks once more");
    auto message = initial_response();
    if (!message) return refusal("PLAIN: the user name or the password holds a NUL");
    return std::move(*message);
}

base::result<std::string> client_login::respond(std::string_view)
{
    switch (answers_++) {
    case 0: return with_.user;
    case 1: return with_.secret;
    default: return refusal("LOGIN: the server asks for more than user and password");
    }
}

base::result<std::string> client_cram_md5::respond(std::string_view challenge)
{
    if (std::exchange(answered_, true)) return refusal("CRAM-MD5: the server asks once more");
    // Its digest would be the same each time: whoever heard it once could sign in with it.
    if (challenge.empty()) return refusal("CRAM-MD5: the server's challenge is empty");
    return with_.user + " " + base::to_hex(hmac(hash::md5, with_.secret, challenge));
}

base::result<std::string> client_external::respond(std::string_view)
{
    if (std::exchange(answered_, true)) return refusal("EXTERNAL: the server asks once more");
    return authorization_;
}

std::optional<std::string> client_token_exchange::initial_response()
{
    for (const std::string* const field : {&with_.user, &with_.authorization, &with_.host})
        if (has_control(*field)) return std::nullopt;
    if (!is_token(with_.token)) return std::nullopt;
    return message();
}

base::result<std::string> client_token_exchange::respond(std::string_view challenge)
{
    const state before = std::exchange(state_, state::over);
    if (before == state::told_of_error) return wrong_credentials("the server refused the access token");
    if (before == state::over) return refusal("the server goes on behind the end of the exchange");
    if (!challenge.empty()) {
        // JSON that says why (RFC 7628, section 3.2.2); what matters of it the refusal says again.
        state_ = state::told_of_error;
        return kind_ == form::oauthbearer ? std::string(1, separator) : std::string();
    }
    if (before == state::answered) return refusal("the server asks for the access token once more");
    auto first = initial_response();
    if (!first) return refusal("the user name or the access token holds what no such name or token may");
    state_ = state::answered;
    return std::move(*first);
}

std::string client_token_exchange::message() const
{
    const std::string bearer = "auth=Bearer " + with_.token + separator + separator;
    if (kind_ == form::xoauth2) return "user=" + with_.user + separator + bearer;
    const std::string& name = with_.authorization.empty() ? with_.user : with_.authorization;
    std::string out = "n," + (name.empty() ? "" : "a=" + escape_name(name)) + "," + separator;
    if (!with_.host.empty()) out += "host=" + with_.host + separator;
    if (with_.port != 0) out += "port=" + std::to_string(with_.port) + separator;
    return out + bearer;
}

} // namespace sasl
