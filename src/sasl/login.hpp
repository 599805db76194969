// LOGIN: name, then password, each asked for. No RFC (draft-murchison-sasl-login-00); for clients that know
// nothing better.
#pragma once

#include "sasl/exchange.hpp"

namespace sasl {

class login final : public exchange {
public:
    step begin(std::optional<std::string_view> initial_response) override;
    step respond(std::string_view response) override;
    step verified(bool right) override;

private:
    enum class state { idle, awaits_user, awaits_secret, awaits_verdict, over };
    step take_user(std::string_view response);
    step take_secret(std::string_view response);

    state state_ = state::idle;
    std::string user_;
};

} // namespace sasl
