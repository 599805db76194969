// Why a client's exchange ends early: said in one way by all mechanisms.
#pragma once

#include "base/result.hpp"

#include <string>

namespace sasl {

/// The exchange cannot go on, and another password would not help.
inline std::unexpected<base::error> refusal(std::string why)
{
    return base::fail({.kind = base::failure::refused,
                       .temporary = false,
                       .peer_text = {},
                       .operator_text = std::move(why)});
}

/// The server says that user and secret do not fit.
inline std::unexpected<base::error> wrong_credentials(std::string why)
{
    return base::fail({.kind = base::failure::credentials,
                       .temporary = false,
                       .peer_text = {},
                       .operator_text = std::move(why)});
}

} // namespace sasl
