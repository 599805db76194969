// PLAIN: name and password in one message (RFC 4616).
#include "sasl/plain.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace sasl {

step plain::begin(std::optional<std::string_view> initial_response)
{
    if (state_ != state::idle) return out_of_order();
    state_ = state::awaits_message;
    return initial_response ? respond(*initial_response) : challenge{};
}

step plain::respond(std::string_view response)
{
    if (state_ != state::awaits_message) return out_of_order();
    state_ = state::over;
    if (std::ranges::count(response, '\0') != 2) return malformed("PLAIN: not two NULs");
    const std::size_t first = response.find('\0');
    const std::size_t second = response.find('\0', first + 1);
    const std::string_view authorization = response.substr(0, first);
    const std::string_view user = response.substr(first + 1, second - first - 1);
    const std::string_view secret = response.substr(second + 1);
    if (!is_name(user)) return malformed("PLAIN: the name is empty, too long or not UTF-8");
    if (!authorization.empty() && !is_name(authorization))
        return malformed("PLAIN: the authorization identity is too long or not UTF-8");
    if (secret.empty() || secret.size() > password_octets_max || !base::is_utf8(secret))
        return disproved{std::string(user), true, "PLAIN: the password is empty, too long or not UTF-8"};
    state_ = state::awaits_verdict;
    user_ = user;
    authorization_ = authorization;
    return verify_password{user_, authorization_, std::string(secret)};
}

step plain::verified(bool right)
{
    if (state_ != state::awaits_verdict) return out_of_order();
    state_ = state::over;
    if (!right) return disproved{user_, false, "PLAIN: wrong name or password"};
    if (!acts_as_himself(user_, authorization_))
        return disproved{user_, false, "PLAIN: the user may not act as another"};
    return proved{user_};
}

} // namespace sasl
