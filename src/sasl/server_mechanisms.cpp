// Where the server's exchanges begin, and all of them but SCRAM.
#include "sasl/server_mechanisms.hpp"

#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "sasl/mechanism.hpp"
#include "sasl/prepare.hpp"

#include <algorithm>

namespace sasl {

namespace {

// Of LOGIN. The draft's prompts are "User Name" and "Password", each with a NUL; deployed clients look for these.
constexpr std::string_view ask_user = "Username:";
constexpr std::string_view ask_secret = "Password:";

constexpr std::size_t digest_characters = 32; // of CRAM-MD5

// RFC 2195 asks for an RFC 822 msg-id with random digits and a time stamp, so that it never comes twice; 128
// random bits do that without a clock.
std::string new_challenge(base::random& random, std::string_view host_name)
{
    return "<" + base::to_hex(random.octets(16)) + "@" + std::string(host_name) + ">";
}

} // namespace

std::unique_ptr<server_exchange> begin(std::string_view mechanism, const channel& channel, bool plus_offered,
                                       base::random& random, std::string_view host_name)
{
    const auto* const row = find_mechanism(mechanism);
    if (row == nullptr || !row->at_server) return nullptr;
    if (row->binds_channel && !channel.can_bind()) return nullptr;
    // A row whose exchange is not here has none: it must not begin as another mechanism under its own name.
    switch (row->proof) {
    case proof::password:
        if (row->name == "PLAIN") return std::make_unique<plain>();
        if (row->name == "LOGIN") return std::make_unique<login>();
        return nullptr;
    case proof::shared_secret:
        if (row->name != "CRAM-MD5") return nullptr;
        return std::make_unique<cram_md5>(new_challenge(random, host_name), random.octets(16));
    case proof::certificate:
        if (row->name != "EXTERNAL" || channel.certificate_identity.empty()) return nullptr;
        return std::make_unique<external>(channel.certificate_identity);
    case proof::scram:
        if (!row->scram_hash) return nullptr;
        return std::make_unique<scram>(scram_rules{*row->scram_hash, row->binds_channel, plus_offered},
                                       channel, new_nonce(random));
    case proof::token: return nullptr;
    }
    return nullptr;
}

bool is_name(std::string_view text)
{
    return !text.empty() && text.size() <= name_octets_max && text.find('\0') == text.npos &&
           base::is_utf8(text);
}

bool acts_as_himself(std::string_view user, std::string_view authorization)
{
    if (authorization.empty()) return true;
    const auto name = comparable_name(user);
    return name && comparable_name(authorization) == name;
}

step plain::begin(std::optional<std::string_view> initial_response)
{
    if (state_ != state::idle) return out_of_order();
    state_ = state::awaits_message;
    return initial_response ? respond(*initial_response) : challenge{};
}

step plain::respond(std::string_view response)
{
    if (state_ != state::awaits_message) return out_of_order();
    state_ = state::over;
    if (std::ranges::count(response, '\0') != 2) return malformed("PLAIN: not two NULs");
    const std::size_t first = response.find('\0');
    const std::size_t second = response.find('\0', first + 1);
    const std::string_view authorization = response.substr(0, first);
    const std::string_view user = response.substr(first + 1, second - first - 1);
    const std::string_view secret = response.substr(second + 1);
    if (!is_name(user)) return malformed("PLAIN: the name is empty, too long or not UTF-8");
    if (!authorization.empty() && !is_name(authorization))
        return malformed("PLAIN: the authorization identity is too long or not UTF-8");
    if (secret.empty() || secret.size() > password_octets_max || !base::is_utf8(secret))
        return rejected{std::string(user), true, "PLAIN: the password is empty, too long or not UTF-8"};
    state_ = state::awaits_verdict;
    user_ = user;
    authorization_ = authorization;
    return verify_password{user_, authorization_, std::string(secret)};
}

step plain::verified(bool right)
{
    if (state_ != state::awaits_verdict) return out_of_order();
    state_ = state::over;
    if (!right) return rejected{user_, false, "PLAIN: wrong name or password"};
    if (!acts_as_himself(user_, authorization_))
        return rejected{user_, false, "PLAIN: the user may not act as another"};
    return authenticated{user_};
}

// An initial response is the name: the draft has none, clients send it, and nothing is lost by taking it.
step login::begin(std::optional<std::string_view> initial_response)
{
    if (state_ != state::idle) return out_of_order();
    state_ = state::awaits_user;
    if (initial_response) return respond(*initial_response);
    return challenge{std::string(ask_user)};
}

step login::respond(std::string_view response)
{
    if (state_ == state::awaits_user) return take_user(response);
    if (state_ == state::awaits_secret) return take_secret(response);
    return out_of_order();
}

step login::verified(bool right)
{
    if (state_ != state::awaits_verdict) return out_of_order();
    state_ = state::over;
    if (!right) return rejected{user_, false, "LOGIN: wrong name or password"};
    return authenticated{user_};
}

step login::take_user(std::string_view response)
{
    state_ = state::over;
    if (!is_name(response)) return malformed("LOGIN: the name is empty, too long or not UTF-8");
    user_ = response;
    state_ = state::awaits_secret;
    return challenge{std::string(ask_secret)};
}

step login::take_secret(std::string_view response)
{
    state_ = state::over;
    if (response.empty() || response.size() > password_octets_max || response.find('\0') != response.npos ||
        !base::is_utf8(response))
        return rejected{user_, true, "LOGIN: the password is empty, too long or not UTF-8"};
    state_ = state::awaits_verdict;
    return verify_password{user_, "", std::string(response)};
}

external::external(std::string certificate_identity) : certificate_identity_(std::move(certificate_identity))
{
}

step external::begin(std::optional<std::string_view> initial_response)
{
    if (state_ != state::idle) return out_of_order();
    state_ = state::awaits_message;
    return initial_response ? respond(*initial_response) : challenge{};
}

step external::respond(std::string_view response)
{
    if (state_ != state::awaits_message) return out_of_order();
    state_ = state::over;
    if (!response.empty() && !is_name(response))
        return malformed("EXTERNAL: the authorization identity is too long or not UTF-8");
    state_ = state::awaits_verdict;
    authorization_ = response;
    return verify_external{authorization_};
}

step external::verified(bool right)
{
    if (state_ != state::awaits_verdict) return out_of_order();
    state_ = state::over;
    if (!right || !acts_as_himself(certificate_identity_, authorization_))
        return rejected{certificate_identity_, false, "EXTERNAL: the certificate may not act as that user"};
    return authenticated{certificate_identity_};
}

cram_md5::cram_md5(std::string challenge, std::string nobodys_secret)
    : challenge_(std::move(challenge)), nobodys_secret_(std::move(nobodys_secret))
{
}

step cram_md5::begin(std::optional<std::string_view> initial_response)
{
    if (state_ != state::idle) return out_of_order();
    state_ = state::over;
    if (initial_response) return malformed("CRAM-MD5: an initial response, where the server speaks first");
    state_ = state::awaits_digest;
    return sasl::challenge{challenge_};
}

step cram_md5::respond(std::string_view response)
{
    if (state_ != state::awaits_digest) return out_of_order();
    state_ = state::over;
    const std::size_t space = response.rfind(' '); // names may hold spaces, digests do not
    if (space == response.npos || response.size() - space - 1 != digest_characters)
        return malformed("CRAM-MD5: not a name, a space and 32 hexadecimal digits");
    const auto digits = base::from_hex(response.substr(space + 1));
    if (!digits || !is_name(response.substr(0, space)))
        return malformed("CRAM-MD5: not a name, a space and 32 hexadecimal digits");
    state_ = state::awaits_secret;
    user_ = response.substr(0, space);
    digest_ = *digits;
    return want_shared_secret{user_};
}

step cram_md5::shared_secret(std::optional<std::string_view> secret)
{
    if (state_ != state::awaits_secret) return out_of_order();
    state_ = state::over;
    const auto fits = [&](std::string_view password) {
        return equal_in_constant_time(digest_, hmac(hash::md5, password, challenge_));
    };
    // As typed, or as a client prepares it (RFC 6856, section 2.2).
    const std::string kept(secret.value_or(nobodys_secret_));
    const bool as_it_is = fits(kept);
    const bool prepared = fits(prepare(kept).value_or(kept));
    if (!(as_it_is || prepared) || !secret)
        return rejected{user_, false, "CRAM-MD5: wrong digest, or the user has no shared secret"};
    return authenticated{user_};
}

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
        if (!response.empty()) return rejected{user_, true, "SCRAM: octets behind the last message"};
        return authenticated{user_};
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
        return rejected{first_.user, false, std::move(fault)};
    const auto user = prepare(first_.user);
    const auto authorization = first_.authorization.empty() ? std::string() : prepare(first_.authorization);
    if (!user || !is_name(*user) || !authorization || authorization->size() > name_octets_max)
        return malformed("SCRAM: a name that SASLprep refuses or that is too long");
    user_ = *user;
    authorization_ = *authorization;
    state_ = state::awaits_keys;
    return want_scram_keys{user_, authorization_, rules_.hash_function == hash::sha_1 ? "SHA-1" : "SHA-256"};
}

step scram::take_final(std::string_view message)
{
    state_ = state::over;
    const auto parsed = parse_client_final(message);
    if (!parsed) return rejected{user_, true, "SCRAM: the final message breaks the grammar of RFC 5802"};
    return judge(*parsed);
}

step scram::judge(const client_final& message)
{
    if (message.nonce != first_.nonce + server_nonce_)
        return rejected{user_, true, "SCRAM: not the nonce of this exchange"};
    if (!equal_in_constant_time(message.binding, first_.gs2_header + binding_octets()))
        return rejected{user_, false,
                        "SCRAM: the channel binding is not this connection's: is someone in between?"};
    const std::string authenticated = first_.bare + "," + server_first_ + "," + message.without_proof;
    std::string client_key = hmac(rules_.hash_function, stored_.stored_key, authenticated);
    if (message.proof.size() != client_key.size())
        return rejected{user_, true, "SCRAM: a proof of the wrong length"};
    std::ranges::transform(client_key, message.proof, client_key.begin(),
                           [](char left, char right) { return static_cast<char>(left ^ right); });
    if (!equal_in_constant_time(digest(rules_.hash_function, client_key), stored_.stored_key))
        return rejected{user_, false, "SCRAM: wrong name or password"};
    if (!acts_as_himself(user_, authorization_))
        return rejected{user_, false, "SCRAM: the user may not act as another"};
    state_ = state::awaits_acknowledgement;
    return challenge{"v=" + base::to_base64(hmac(rules_.hash_function, stored_.server_key, authenticated))};
}

std::string scram::binding_fault() const
{
    if (rules_.plus && first_.binding_flag != 'p') return "SCRAM: a -PLUS mechanism without channel binding";
    if (!rules_.plus && first_.binding_flag == 'p') return "SCRAM: channel binding without a -PLUS mechanism";
    if (first_.binding_flag == 'y' && rules_.plus_offered)
        return "SCRAM: the client did not see the -PLUS mechanisms that we announced: is someone in between?";
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
