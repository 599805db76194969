// Tokens at rest: a JSON object with the names of RFC 6749 and the time of expiry.
#include "credentials/oauth2.hpp"
#include "credentials/oauth2_answer.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace credentials {

namespace {

namespace json = boost::json;

// Within these a wall_time can hold every second: the years 1970 to 2200.
constexpr std::int64_t valid_until_max = 7'258'118'400;

base::error malformed(const char* what)
{
    return {base::failure::malformed, false, "bad tokens",
            std::string("the stored tokens cannot be read: ") + what + "; sign in again"};
}

} // namespace

std::string format_tokens(const oauth2_tokens& tokens)
{
    const auto until = std::chrono::floor<std::chrono::seconds>(tokens.valid_until.time_since_epoch());
    json::object out;
    out["access_token"] = tokens.access_token;
    if (!tokens.refresh_token.empty()) out["refresh_token"] = tokens.refresh_token;
    out["valid_until"] = std::int64_t{until.count()};
    return json::serialize(out);
}

base::result<oauth2_tokens> parse_tokens(std::string_view text)
{
    boost::system::error_code broken;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), broken);
    const json::object* object = broken ? nullptr : value.if_object();
    if (object == nullptr) return base::fail(malformed("they are no JSON object"));
    oauth2_tokens out;
    const json::value* access = object->if_contains("access_token");
    const json::value* refresh = object->if_contains("refresh_token");
    const json::value* until = object->if_contains("valid_until");
    if (access == nullptr || !access->is_string()) return base::fail(malformed("no access_token"));
    out.access_token = {access->get_string().data(), access->get_string().size()};
    if (refresh != nullptr && !refresh->is_string()) return base::fail(malformed("refresh_token is no text"));
    if (refresh != nullptr) out.refresh_token = {refresh->get_string().data(), refresh->get_string().size()};
    if (!is_token(out.access_token) || (!out.refresh_token.empty() && !is_token(out.refresh_token)))
        return base::fail(malformed("a token has forbidden characters"));
    if (until == nullptr || !until->is_int64()) return base::fail(malformed("no valid_until"));
    out.valid_until = base::wall_time(
        std::chrono::seconds(std::clamp<std::int64_t>(until->get_int64(), 0, valid_until_max)));
    return out;
}

} // namespace credentials
