// PLAIN: name and password in one message (RFC 4616).
#pragma once

#include "sasl/exchange.hpp"

namespace sasl {

class plain final : public exchange {
public:
    step begin(std::optional<std::string_view> initial_response) override;
    step respond(std::string_view response) override;
    step verified(bool right) override;

private:
    enum class state { idle, awaits_message, awaits_verdict, over };
    state state_ = state::idle;
    std::string user_, authorization_;
};

} // namespace sasl
