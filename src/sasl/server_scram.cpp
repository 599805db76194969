// SCRAM, the server's end (RFC 5802, 7677).
#include "base/encoding.hpp"
#include "sasl/prepare.hpp"
#include "sasl/server_mechanisms.hpp"

#include <algorithm>

namespace sasl {

scram::scram(scram_rules rules, const channel& channel, std::string server_nonce)
    : rules_(rules), channel_(channel), server_nonce_(std::move(server_nonce))
{
}

step scram::begin(std::optional<std::string_view> initial_response)
{
    if (state_ != state::idle) return out_of_order();
    state_ = state::awaits_first;
    return initial_response ? respond(*initial_response) : challenge{};
}

step scram::respond(std::string_view response)
{
    switch (state_) {
    case state::awaits_first: return take_first(response);
    case state::awaits_final: return take_final(response);
    case state::awaits_acknowledgement:
        // POP3 has no room for data with its +OK, so "v=" went out as a challenge, whose answer is empty (RFC 4422, 5).
        state_ = state::over;
        if (!response.empty()) return disproved{user_, true, "SCRAM: octets behind the last message"};
        return proved{user_};
    default: return out_of_order();
    }
}

step scram::keys(const scram_keys& stored)
{
    if (state_ != state::awaits_keys) return out_of_order();
    state_ = state::awaits_final;
    stored_ = stored;
    server_first_ = "r=" + first_.nonce + server_nonce_ + ",s=" + base::to_base64(stored.salt) +
                    ",i=" + std::to_string(stored.iterations);
    return challenge{server_first_};
}

step scram::take_first(std::string_view message)
{
    state_ = state::over;
    auto parsed = parse_client_first(message);
    if (!parsed) return malformed("SCRAM: the first message breaks the grammar of RFC 5802");
    first_ = std::move(*parsed);
    if (std::string fault = binding_fault(); !fault.empty())
        return disproved{first_.user, false, std::move(fault)};
    const auto user = prepare(first_.user);
    const auto authorization = first_.authorization.empty() ? std::string() : prepare(first_.authorization);
    if (!user || !is_name(*user) || !authorization || authorization->size() > name_octets_max)
        return malformed("SCRAM: a name that SASLprep refuses or that is too long");
    user_ = *user;
    authorization_ = *authorization;
    state_ = state::awaits_keys;
    return want_scram_keys{user_, authorization_, rules_.with == hash::sha_1 ? "SHA-1" : "SHA-256"};
}

step scram::take_final(std::string_view message)
{
    state_ = state::over;
    const auto parsed = parse_client_final(message);
    if (!parsed) return disproved{user_, true, "SCRAM: the final message breaks the grammar of RFC 5802"};
    return judge(*parsed);
}

step scram::judge(const client_final& message)
{
    if (message.nonce != first_.nonce + server_nonce_)
        return disproved{user_, true, "SCRAM: not the nonce of this exchange"};
    if (!equal_in_constant_time(message.binding, first_.gs2_header + binding_octets()))
        return disproved{user_, false,
                         "SCRAM: the channel binding is not this connection's: is someone between?"};
    const std::string authenticated = first_.bare + "," + server_first_ + "," + message.without_proof;
    std::string client_key = hmac(rules_.with, stored_.stored_key, authenticated);
    if (message.proof.size() != client_key.size())
        return disproved{user_, true, "SCRAM: a proof of the wrong length"};
    std::ranges::transform(client_key, message.proof, client_key.begin(),
                           [](char left, char right) { return static_cast<char>(left ^ right); });
    if (!equal_in_constant_time(digest(rules_.with, client_key), stored_.stored_key))
        return disproved{user_, false, "SCRAM: wrong name or password"};
    if (!acts_as_himself(user_, authorization_))
        return disproved{user_, false, "SCRAM: the user may not act as another"};
    state_ = state::awaits_acknowledgement;
    return challenge{"v=" + base::to_base64(hmac(rules_.with, stored_.server_key, authenticated))};
}

std::string scram::binding_fault() const
{
    if (rules_.plus && first_.binding_flag != 'p') return "SCRAM: a -PLUS mechanism without channel binding";
    if (!rules_.plus && first_.binding_flag == 'p') return "SCRAM: channel binding without a -PLUS mechanism";
    if (first_.binding_flag == 'y' && rules_.plus_offered)
        return "SCRAM: the client did not see the -PLUS mechanisms that we announced: is someone between?";
    if (first_.binding_flag == 'p' && binding_octets().empty())
        return "SCRAM: a channel binding type that this connection lacks";
    return "";
}

std::string scram::binding_octets() const
{
    if (first_.binding_type == "tls-exporter") return channel_.tls_exporter;
    if (first_.binding_type == "tls-server-end-point") return channel_.tls_server_end_point;
    return "";
}

} // namespace sasl
