// OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's and Microsoft's older form of it), the client's end.
#pragma once

#include "sasl/client.hpp"

namespace sasl {

/// Both say all in one message. A server that refuses the token tells why in a challenge, which must be answered before
/// it says so in its own protocol.
class client_token_exchange final : public client_exchange {
public:
    enum class form { oauthbearer, xoauth2 };
    client_token_exchange(form kind, const credentials& with) : kind_(kind), with_(with) {}
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

} // namespace sasl
