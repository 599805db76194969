// SCRAM, the client's end: no password goes over the wire, and a server that does not know it is found out (RFC 5802,
// 7677).
#pragma once

#include "sasl/client.hpp"
#include "sasl/digest.hpp"
#include "sasl/scram_messages.hpp"

namespace sasl {

/// RFC 7677, section 4 and RFC 5802, section 5.1: with fewer, whoever plays the server gets a digest of the password
/// that is cheap to guess against.
constexpr std::uint32_t scram_iterations_min = 4096;
/// Some seconds of one core: more is an attack on us (RFC 5802 leaves the limit to the client).
constexpr std::uint32_t scram_iterations_max = 10'000'000;

struct client_scram_rules {
    hash with = hash::sha_256;
    bool plus = false;         ///< bind to the channel
    bool plus_offered = false; ///< the server announced a -PLUS mechanism
};

class client_scram final : public client_exchange {
public:
    /// `nonce`: unpredictable, printable, no comma.
    client_scram(client_scram_rules rules, const credentials& with, const channel& channel,
                 std::string nonce);
    std::optional<std::string> initial_response() override;
    base::result<std::string> respond(std::string_view challenge) override;
    bool satisfied() const override { return state_ == state::proved; }

private:
    enum class state { awaits_server_first, awaits_server_final, proved, over };
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
