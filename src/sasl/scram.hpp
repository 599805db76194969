// SCRAM: both ends prove that they know the password, and neither says it (RFC 5802, 7677).
#pragma once

#include "sasl/digest.hpp"
#include "sasl/exchange.hpp"
#include "sasl/scram_messages.hpp"

namespace sasl {

struct scram_rules {
    hash with = hash::sha_256;
    bool plus = false;         ///< a -PLUS mechanism: channel binding is a must
    bool plus_offered = false; ///< so "y" is a downgrade by someone between us (section 6)
};

class scram final : public exchange {
public:
    /// `server_nonce`: unpredictable, printable, no comma.
    scram(scram_rules rules, const channel& channel, std::string server_nonce);
    step begin(std::optional<std::string_view> initial_response) override;
    step respond(std::string_view response) override;
    step keys(const scram_keys& stored) override;

private:
    enum class state { idle, awaits_first, awaits_keys, awaits_final, awaits_acknowledgement, over };
    step take_first(std::string_view message);
    step take_final(std::string_view message);
    step judge(const client_final& message);
    /// Why the client's wish for (or against) channel binding cannot be granted; empty where it can.
    std::string binding_fault() const;
    std::string binding_octets() const;

    const scram_rules rules_;
    const channel channel_;
    const std::string server_nonce_;
    state state_ = state::idle;
    client_first first_;
    std::string user_, authorization_; ///< prepared
    std::string server_first_;
    scram_keys stored_;
};

} // namespace sasl
