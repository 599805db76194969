// The client's end of each mechanism, and what they share.
#pragma once

#include "base/result.hpp"
#include "sasl/client.hpp"
#include "sasl/digest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sasl {

/// The exchange cannot go on, and another password would not help.
inline std::unexpected<base::error> refusal(std::string reason)
{
    return base::fail({.kind = base::failure::refused,
                       .temporary = false,
                       .peer_text = {},
                       .operator_text = std::move(reason)});
}

/// The server says that user and secret do not fit.
inline std::unexpected<base::error> wrong_credentials(std::string reason)
{
    return base::fail({.kind = base::failure::credentials,
                       .temporary = false,
                       .peer_text = {},
                       .operator_text = std::move(reason)});
}

// In the first four the server proves nothing.

/// RFC 4616. User and secret go as they are: to prepare them is the server's part (section 2).
class client_plain final : public client_exchange {
public:
    explicit client_plain(const credentials& credentials) : with_(credentials) {}
    std::optional<std::string> initial_response() override;
    base::result<std::string> respond(std::string_view challenge) override;
    bool satisfied() const override { return true; }

private:
    const credentials with_;
    bool answered_ = false;
};

/// draft-murchison-sasl-login-00. The first prompt asks for the user and the second for the password, whatever their
/// texts are: servers have many.
class client_login final : public client_exchange {
public:
    explicit client_login(const credentials& credentials) : with_(credentials) {}
    std::optional<std::string> initial_response() override { return std::nullopt; }
    base::result<std::string> respond(std::string_view prompt) override;
    bool satisfied() const override { return true; }

private:
    const credentials with_;
    unsigned answers_ = 0;
};

/// RFC 2195.
class client_cram_md5 final : public client_exchange {
public:
    explicit client_cram_md5(const credentials& credentials) : with_(credentials) {}
    std::optional<std::string> initial_response() override { return std::nullopt; }
    base::result<std::string> respond(std::string_view challenge) override;
    bool satisfied() const override { return true; }

private:
    const credentials with_;
    bool answered_ = false;
};

/// RFC 4422, appendix A: the certificate that TLS showed is the proof; the message says as whom to act.
class client_external final : public client_exchange {
public:
    explicit client_external(const credentials& credentials) : authorization_(credentials.authorization) {}
    std::optional<std::string> initial_response() override { return authorization_; }
    base::result<std::string> respond(std::string_view challenge) override;
    bool satisfied() const override { return true; }

private:
    const std::string authorization_;
    bool answered_ = false;
};

/// OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's and Microsoft's older form of it), which say all in one message. A
/// server that refuses the token tells why in a challenge, which must be answered before it says so in its own
/// protocol.
class client_token_exchange final : public client_exchange {
public:
    enum class form { oauthbearer, xoauth2 };
    client_token_exchange(form kind, const credentials& credentials) : kind_(kind), with_(credentials) {}
    std::optional<std::string> initial_response() override;
    base::result<std::string> respond(std::string_view challenge) override;
    bool satisfied() const override { return state_ == state::ready || state_ == state::answered; }

private:
    enum class state { ready, answered, told_of_error, over };
    std::string message() const;

    const form kind_;
    const credentials with_;
    state state_ = state::ready;
};

/// RFC 7677, section 4 and RFC 5802, section 5.1: with fewer, whoever plays the server gets a digest of the password
/// that is cheap to guess against.
constexpr std::uint32_t scram_iterations_min = 4096;
/// Some seconds of one core: more is an attack on us (RFC 5802 leaves the limit to the client).
constexpr std::uint32_t scram_iterations_max = 10'000'000;

struct client_scram_rules {
    hash hash_function = hash::sha_256;
    bool plus = false;         ///< bind to the channel
    bool plus_offered = false; ///< the server announced a -PLUS mechanism
};

/// SCRAM: no password goes over the wire, and a server that does not know it is found out (RFC 5802, 7677).
class client_scram final : public client_exchange {
public:
    /// `nonce`: unpredictable, printable, no comma.
    client_scram(client_scram_rules rules, const credentials& credentials, const channel& channel,
                 std::string nonce);
    std::optional<std::string> initial_response() override;
    base::result<std::string> respond(std::string_view challenge) override;
    bool satisfied() const override { return state_ == state::authenticated; }

private:
    enum class state { awaits_server_first, awaits_server_final, authenticated, over };
    base::result<std::string> first_message();
    base::result<std::string> take_server_first(std::string_view message);
    base::result<std::string> take_server_final(std::string_view message);
    std::string prove(std::string_view salted_password, const std::string& without_proof,
                      std::string_view server_message);

    const client_scram_rules rules_;
    const std::string nonce_;
    std::string binding_octets_;
    std::string gs2_header_;
    std::string bare_;                    ///< client-first-message-bare
    std::optional<std::string> password_; ///< prepared; none: SASLprep refuses it
    bool name_is_good_ = false;
    bool first_is_sent_ = false;
    state state_ = state::awaits_server_first;
    std::string signature_; ///< what the server must say
};

} // namespace sasl
