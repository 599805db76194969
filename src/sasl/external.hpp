// EXTERNAL: the client certificate has proved who it is; the message says as whom to act (RFC 4422, appendix
// A).
#pragma once

#include "sasl/exchange.hpp"

namespace sasl {

class external final : public exchange {
public:
    /// `certificate_identity` is not empty.
    explicit external(std::string certificate_identity);
    step begin(std::optional<std::string_view> initial_response) override;
    step respond(std::string_view response) override;
    step verified(bool right) override;

private:
    enum class state { idle, awaits_message, awaits_verdict, over };
    state state_ = state::idle;
    std::string certificate_identity_, authorization_;
};

} // namespace sasl
