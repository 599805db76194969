// Where the client's exchanges begin and what each needs of the channel and the credentials; all of them but SCRAM.
#include "sasl/client_mechanisms.hpp"

#include "base/encoding.hpp"
#include "sasl/mechanism.hpp"
#include "sasl/prepare.hpp"
#include "sasl/scram.hpp"

#include <algorithm>
#include <utility>

namespace sasl {

namespace {

// In each of these a row whose exchange is not here has none: under its name no other mechanism may show the secret.

std::unique_ptr<client_exchange> begin_with_password(const mechanism& row, const credentials& credentials)
{
    if (row.name == "PLAIN") return std::make_unique<client_plain>(credentials);
    if (row.name == "LOGIN") return std::make_unique<client_login>(credentials);
    return nullptr;
}

std::unique_ptr<client_exchange> begin_with_token(const mechanism& row, const credentials& credentials)
{
    using form = client_token_exchange::form;
    if (credentials.token.empty()) return nullptr;
    if (row.name == "OAUTHBEARER")
        return std::make_unique<client_token_exchange>(form::oauthbearer, credentials);
    if (row.name == "XOAUTH2" && !credentials.user.empty())
        return std::make_unique<client_token_exchange>(form::xoauth2, credentials);
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

std::unique_ptr<client_exchange> begin_client(std::string_view mechanism, const credentials& credentials,
                                              const channel& channel, bool plus_offered, base::random& random)
{
    const auto* const row = find_mechanism(mechanism);
    if (row == nullptr || (row->binds_channel && !channel.can_bind())) return nullptr;
    const bool has_password = !credentials.user.empty() && !credentials.secret.empty();
    switch (row->proof) {
    case proof::password: return has_password ? begin_with_password(*row, credentials) : nullptr;
    case proof::token: return begin_with_token(*row, credentials);
    case proof::scram:
        if (!has_password || !row->scram_hash) return nullptr;
        return std::make_unique<client_scram>(
            client_scram_rules{*row->scram_hash, row->binds_channel, plus_offered}, credentials, channel,
            new_nonce(random));
    case proof::shared_secret:
        if (!has_password || row->name != "CRAM-MD5") return nullptr;
        return std::make_unique<client_cram_md5>(credentials);
    case proof::certificate:
        if (!channel.tls || row->name != "EXTERNAL") return nullptr;
        return std::make_unique<client_external>(credentials);
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

namespace {

/// RFC 9266: tls-exporter is what TLS 1.3 has; RFC 5929's tls-server-end-point is what is left for TLS 1.2.
bool has_exporter(const channel& channel)
{
    return !channel.tls_exporter.empty();
}

/// RFC 5802, section 6: "y" says that we could have bound the channel had the server offered it, so a server that did
/// offer it sees that somebody hid the offer.
std::string binding_flag(const client_scram_rules& rules, const channel& channel)
{
    if (rules.plus) return has_exporter(channel) ? "p=tls-exporter" : "p=tls-server-end-point";
    return channel.can_bind() && !rules.plus_offered ? "y" : "n";
}

/// Server errors of RFC 5802, section 7. Most mean a wrong name or password, and so does one that we do not know.
std::unexpected<base::error> server_error(std::string_view name)
{
    if (name.find("channel-binding") != name.npos)
        return refusal("SCRAM: the server sees another TLS connection than we do: is someone in between?");
    if (name == "no-resources") {
        auto trouble = refusal("SCRAM: the server has no resources for a log-in");
        trouble.error().temporary = true;
        return trouble;
    }
    return wrong_credentials("SCRAM: the server refuses the name or the password");
}

} // namespace

client_scram::client_scram(client_scram_rules rules, const credentials& credentials, const channel& channel,
                           std::string nonce)
    : rules_(rules), nonce_(std::move(nonce)), password_(prepare(credentials.secret))
{
    if (rules.plus)
        binding_octets_ = has_exporter(channel) ? channel.tls_exporter : channel.tls_server_end_point;
    const auto user = prepare(credentials.user);
    const auto authorization =
        credentials.authorization.empty() ? std::string() : prepare(credentials.authorization);
    name_is_good_ = user && authorization;
    if (!name_is_good_) return;
    gs2_header_ = binding_flag(rules, channel) + "," +
                  (authorization->empty() ? "" : "a=" + escape_name(*authorization)) + ",";
    bare_ = "n=" + escape_name(*user) + ",r=" + nonce_;
}

std::optional<std::string> client_scram::initial_response()
{
    if (!name_is_good_ || !password_) return std::nullopt; // respond() says why
    return gs2_header_ + bare_;
}

base::result<std::string> client_scram::respond(std::string_view challenge)
{
    switch (std::exchange(state_, state::over)) { // what has failed goes on failing
    case state::awaits_server_first:
        return challenge.empty() ? first_message() : take_server_first(challenge);
    case state::awaits_server_final: return take_server_final(challenge);
    default: return refusal("SCRAM: the server goes on behind its last message");
    }
}

base::result<std::string> client_scram::first_message()
{
    if (!name_is_good_) return refusal("SCRAM: SASLprep (RFC 4013) refuses the user name");
    if (!password_) return refusal("SCRAM: SASLprep (RFC 4013) refuses the password");
    if (std::exchange(first_is_sent_, true))
        return refusal("SCRAM: the server asks for the first message once more");
    state_ = state::awaits_server_first;
    return gs2_header_ + bare_;
}

base::result<std::string> client_scram::take_server_first(std::string_view message)
{
    if (!name_is_good_ || !password_) return first_message();
    const auto parsed = parse_server_first(message);
    if (!parsed) return refusal("SCRAM: the server's first message breaks the grammar of RFC 5802");
    // Without octets of the server's own, an old dialogue could be played to us again.
    if (!parsed->nonce.starts_with(nonce_) || parsed->nonce.size() == nonce_.size())
        return refusal("SCRAM: the server does not go on with our nonce");
    if (parsed->iterations < scram_iterations_min)
        return refusal("SCRAM: the server asks for " + std::to_string(parsed->iterations) +
                       " iterations; fewer than 4,096 would let it guess the password");
    if (parsed->iterations > scram_iterations_max)
        return refusal("SCRAM: the server asks for " + std::to_string(parsed->iterations) +
                       " iterations, more than 10,000,000");
    const std::string salted_password =
        pbkdf2(rules_.hash_function, *password_, parsed->salt, parsed->iterations);
    state_ = state::awaits_server_final;
    return prove(salted_password,
                 "c=" + base::to_base64(gs2_header_ + binding_octets_) + ",r=" + parsed->nonce, message);
}

std::string client_scram::prove(std::string_view salted_password, const std::string& without_proof,
                                std::string_view server_message)
{
    const std::string authenticated = bare_ + "," + std::string(server_message) + "," + without_proof;
    const std::string client_key = hmac(rules_.hash_function, salted_password, "Client Key");
    signature_ =
        hmac(rules_.hash_function, hmac(rules_.hash_function, salted_password, "Server Key"), authenticated);
    std::string proof = hmac(rules_.hash_function, digest(rules_.hash_function, client_key), authenticated);
    std::ranges::transform(proof, client_key, proof.begin(),
                           [](char left, char right) { return static_cast<char>(left ^ right); });
    return without_proof + ",p=" + base::to_base64(proof);
}

base::result<std::string> client_scram::take_server_final(std::string_view message)
{
    const auto parsed = parse_server_final(message);
    if (!parsed) return refusal("SCRAM: the server's last message breaks the grammar of RFC 5802");
    if (!parsed->error.empty()) return server_error(parsed->error);
    if (!equal_in_constant_time(parsed->signature, signature_))
        return refusal(
            "SCRAM: the server could not prove that it knows the password: it may not be the server that it "
            "says it is");
    state_ = state::authenticated;
    return std::
        string(); // POP3 carries the server's proof in a challenge, whose answer is empty (RFC 5034, section 4)
}

} // namespace sasl
