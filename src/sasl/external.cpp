// EXTERNAL: the client certificate has proved who it is; the message says as whom to act (RFC 4422, appendix A).
#include "sasl/external.hpp"

namespace sasl {

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
        return disproved{certificate_identity_, false, "EXTERNAL: the certificate may not act as that user"};
    return proved{certificate_identity_};
}

} // namespace sasl
