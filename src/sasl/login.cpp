// LOGIN: name, then password, each asked for. No RFC (draft-murchison-sasl-login-00); for clients that know
// nothing better.
#include "sasl/login.hpp"

#include "base/utf8.hpp"

namespace sasl {

// The draft's prompts are "User Name" and "Password", each with a NUL; deployed clients look for these.
constexpr std::string_view ask_user = "Username:";
constexpr std::string_view ask_secret = "Password:";

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
    if (!right) return disproved{user_, false, "LOGIN: wrong name or password"};
    return proved{user_};
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
        return disproved{user_, true, "LOGIN: the password is empty, too long or not UTF-8"};
    state_ = state::awaits_verdict;
    return verify_password{user_, "", std::string(response)};
}

} // namespace sasl
