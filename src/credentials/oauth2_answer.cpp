// JSON in, tokens or reasons out.
#include "credentials/oauth2_answer.hpp"

#include "base/ascii.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <optional>

namespace credentials {

namespace {

namespace json = boost::json;

constexpr std::size_t token_octets_max = 65536; // some carry a person's whole directory entry

std::optional<json::object> object_of(std::string_view text)
{
    boost::system::error_code broken;
    json::value value = json::parse(json::string_view(text.data(), text.size()), broken);
    if (broken || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::string text_in(const json::object& object, std::string_view name)
{
    const json::value* found = object.if_contains(json::string_view(name.data(), name.size()));
    if (found == nullptr || !found->is_string()) return {};
    return {found->get_string().data(), found->get_string().size()};
}

// Some send numbers as text.
std::optional<std::int64_t> seconds_in(const json::object& object, std::string_view name)
{
    const json::value* found = object.if_contains(json::string_view(name.data(), name.size()));
    if (found == nullptr) return std::nullopt;
    std::int64_t seconds = -1;
    if (found->is_int64()) seconds = found->get_int64();
    if (found->is_double() && found->get_double() >= 0 && found->get_double() < 1e9)
        seconds = static_cast<std::int64_t>(found->get_double());
    if (found->is_string() && found->get_string().size() < 10) {
        seconds = 0;
        for (const char c : found->get_string()) {
            if (c < '0' || c > '9') return std::nullopt;
            seconds = seconds * 10 + (c - '0');
        }
    }
    if (seconds < 0) return std::nullopt;
    return std::min(seconds, token_life_seconds_max);
}

base::error malformed(const std::string& provider, const std::string& reason)
{
    return base::permanent_error(base::failure::malformed,
                                 provider + " gives a reply that is not OAuth 2.0: " + reason +
                                     "; check the endpoints");
}

bool is_visible(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7E; });
}

} // namespace

bool is_token(std::string_view text)
{
    return !text.empty() && text.size() <= token_octets_max &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c <= 0x7E; });
}

std::string refusal_of(const oauth2_http_answer& answer)
{
    if (answer.status < 400) return {};
    const auto object = object_of(answer.body);
    if (!object) return {};
    std::string code = text_in(*object, "error");
    const bool plain =
        code.size() <= 64 && std::ranges::all_of(code, [](char c) { return base::is_letter(c) || c == '_'; });
    return plain ? code : std::string();
}

base::error error_of_code(const std::string& provider, std::string_view code)
{
    const auto said = provider + " says " + std::string(code) + ": ";
    if (code == "invalid_grant" || code == "interaction_required" || code == "login_required")
        return base::permanent_error(base::failure::credentials,
                                     said + "the sign-in is no longer valid; sign in again");
    if (code == "access_denied" || code == "authorization_declined")
        return base::permanent_error(base::failure::credentials,
                                     said + "the sign-in was declined; sign in again and agree");
    if (code == "expired_token")
        return base::permanent_error(base::failure::timed_out,
                                     said + "the code was not used in time; begin again");
    if (code == "invalid_client" || code == "unauthorized_client")
        return base::permanent_error(
            base::failure::refused,
            said + "it does not know this client id or secret, or does not allow it this way of signing "
                   "in; check them in its console");
    if (code == "invalid_scope")
        return base::permanent_error(
            base::failure::refused,
            said + "the permission for mail is not given this way; sign in with a browser instead of a "
                   "code, or check the scope");
    if (code == "server_error" || code == "temporarily_unavailable" || code == "slow_down")
        return base::temporary_error(base::failure::overloaded, said + "it has a problem; try again later");
    return base::permanent_error(base::failure::refused,
                                 said + "check the client id, the scope and the endpoints");
}

base::error error_of_refusal(const std::string& provider, const oauth2_http_answer& answer)
{
    const std::string code = refusal_of(answer);
    if (!code.empty() && answer.status < 500) return error_of_code(provider, code);
    const auto status = std::to_string(answer.status);
    if (answer.status >= 500 || answer.status == 429)
        return base::temporary_error(base::failure::overloaded, provider + " has a problem (HTTP status " +
                                                                    status + "); try again later");
    return malformed(provider, "HTTP status " + status);
}

base::result<oauth2_tokens> tokens_of(const std::string& provider, const oauth2_http_answer& answer,
                                      base::wall_time now)
{
    if (answer.status != 200) return base::fail(error_of_refusal(provider, answer));
    const auto object = object_of(answer.body);
    if (!object) return base::fail(malformed(provider, "not a JSON object"));
    oauth2_tokens out;
    out.access_token = text_in(*object, "access_token");
    out.refresh_token = text_in(*object, "refresh_token");
    if (!is_token(out.access_token)) return base::fail(malformed(provider, "no access token"));
    if (!out.refresh_token.empty() && !is_token(out.refresh_token))
        return base::fail(malformed(provider, "a refresh token with forbidden characters"));
    const std::string type = text_in(*object, "token_type");
    if (!type.empty() && !base::equal_ignoring_case(type, "bearer"))
        return base::fail(malformed(provider, "a token that is not a bearer token"));
    const auto life = seconds_in(*object, "expires_in");
    out.valid_until = now + (life ? std::chrono::seconds(*life) : std::chrono::seconds(token_life_default));
    return out;
}

base::result<device_code> device_code_of(const std::string& provider, const oauth2_http_answer& answer)
{
    if (answer.status != 200) return base::fail(error_of_refusal(provider, answer));
    const auto object = object_of(answer.body);
    if (!object) return base::fail(malformed(provider, "not a JSON object"));
    device_code out;
    out.secret = text_in(*object, "device_code");
    out.user_code = text_in(*object, "user_code");
    out.address = text_in(*object, "verification_uri");
    if (out.address.empty())
        out.address = text_in(*object, "verification_url"); // Google's, from before the RFC
    const auto life = seconds_in(*object, "expires_in");
    if (!is_token(out.secret) || out.user_code.empty() || !is_visible(out.user_code) || !life ||
        !out.address.starts_with("https://") || !is_token(out.address))
        return base::fail(malformed(provider, "no device code"));
    out.life = std::chrono::seconds(*life);
    // Nothing shorter is believed than a second: nobody should be asked in a loop.
    if (const auto interval = seconds_in(*object, "interval"))
        out.interval = std::chrono::seconds(std::max<std::int64_t>(*interval, 1));
    return out;
}

} // namespace credentials
