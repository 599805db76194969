// SCRAM, the client's end.
#include "base/encoding.hpp"
#include "sasl/client_mechanisms.hpp"
#include "sasl/prepare.hpp"
#include "sasl/scram.hpp"

#include <algorithm>
#include <utility>

namespace sasl {
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
        return refusal("SCRAM: the server sees another TLS connection than we do: is somebody between?");
    if (name == "no-resources") {
        auto why = refusal("SCRAM: the server has no resources for a log-in");
        why.error().temporary = true;
        return why;
    }
    return wrong_credentials("SCRAM: the server refuses the name or the password");
}

} // namespace

client_scram::client_scram(client_scram_rules rules, const credentials& with, const channel& channel,
                           std::string nonce)
    : rules_(rules), nonce_(std::move(nonce)), password_(prepare(with.secret))
{
    if (rules.plus)
        binding_octets_ = has_exporter(channel) ? channel.tls_exporter : channel.tls_server_end_point;
    const auto user = prepare(with.user);
    const auto authorization = with.authorization.empty() ? std::string() : prepare(with.authorization);
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
    const std::string salted_password = pbkdf2(rules_.with, *password_, parsed->salt, parsed->iterations);
    state_ = state::awaits_server_final;
    return prove(salted_password,
                 "c=" + base::to_base64(gs2_header_ + binding_octets_) + ",r=" + parsed->nonce, message);
}

std::string client_scram::prove(std::string_view salted_password, const std::string& without_proof,
                                std::string_view server_message)
{
    const std::string authenticated = bare_ + "," + std::string(server_message) + "," + without_proof;
    const std::string client_key = hmac(rules_.with, salted_password, "Client Key");
    signature_ = hmac(rules_.with, hmac(rules_.with, salted_password, "Server Key"), authenticated);
    std::string proof = hmac(rules_.with, digest(rules_.with, client_key), authenticated);
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
    state_ = state::proved;
    return std::
        string(); // POP3 carries the server's proof in a challenge, whose answer is empty (RFC 5034, section 4)
}

} // namespace sasl
