// The four ways to tokens, known providers, and the file that keeps tokens.
#include "credentials/oauth2.hpp"

#include "base/encoding.hpp"
#include "credentials/oauth2_answer.hpp"
#include "credentials/oauth2_loopback.hpp"

#include <boost/json.hpp>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <thread>

namespace credentials {

namespace {

constexpr auto fresh_at_least = std::chrono::minutes(5);
constexpr auto slow_down_by = std::chrono::seconds(5); // RFC 8628, section 3.5
constexpr std::size_t secret_octets = 32;              // 43 characters: RFC 7636, section 4.1

std::string challenge_of(const std::string& verifier)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(verifier.data()), verifier.size(), digest.data());
    return base::to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

base::error missing(const oauth2_provider& provider, const char* setting)
{
    return base::permanent_error(base::failure::malformed,
                                 provider.name + " has no " + setting + "; set one, or sign in another way");
}

bool sleep_whole(std::chrono::seconds time)
{
    std::this_thread::sleep_for(time);
    return true;
}

} // namespace

oauth2_client::oauth2_client(const oauth2_provider& provider, const base::clock& clock, base::random& random)
    : oauth2_client(provider, clock, random, oauth2_https(provider.ca_path), sleep_whole)
{
}

oauth2_client::oauth2_client(oauth2_provider provider, const base::clock& clock, base::random& random,
                             oauth2_post post, oauth2_wait wait)
    : provider_(std::move(provider)),
      clock_(clock),
      random_(random),
      post_(std::move(post)),
      wait_(std::move(wait))
{
}

bool oauth2_client::stale(const oauth2_tokens& tokens) const
{
    return tokens.valid_until - clock_.now() < fresh_at_least;
}

base::result<oauth2_tokens> oauth2_client::by_client_credentials()
{
    if (provider_.client_secret.empty()) return base::fail(missing(provider_, "client secret"));
    oauth2_form fields{{"grant_type", "client_credentials"}};
    if (!provider_.scope.empty()) fields.emplace_back("scope", provider_.scope);
    return ask_for_tokens(std::move(fields));
}

base::result<oauth2_tokens> oauth2_client::refresh(const oauth2_tokens& old)
{
    if (old.refresh_token.empty()) {
        // Client credentials give none (RFC 6749, section 4.4.3): they are themselves as good as one.
        return base::fail(base::permanent_error(base::failure::credentials,
                                                provider_.name + " gave no refresh token; sign in again"));
    }
    auto fresh = ask_for_tokens({{"grant_type", "refresh_token"}, {"refresh_token", old.refresh_token}});
    // Where none comes the old one stays good; where one comes the old one may be dead (RFC 6749, section 6).
    if (fresh && fresh->refresh_token.empty()) fresh->refresh_token = old.refresh_token;
    return fresh;
}

base::result<oauth2_tokens>
oauth2_client::by_loopback(const std::function<void(const std::string& address)>& open_browser,
                           std::chrono::seconds limit)
{
    if (provider_.authorization_endpoint.empty())
        return base::fail(missing(provider_, "authorization endpoint"));
    auto listener = oauth2_loopback::open();
    if (!listener) return base::fail(listener.error());
    const std::string verifier = base::to_base64url(random_.octets(secret_octets));
    const std::string state = base::to_base64url(random_.octets(secret_octets));
    const std::string redirect =
        "http://" + provider_.loopback_host + ":" + std::to_string(listener->port()) + "/";
    const auto& endpoint = provider_.authorization_endpoint;
    open_browser(endpoint + (endpoint.contains('?') ? "&" : "?") +
                 format_form({{"response_type", "code"},
                              {"client_id", provider_.client_id},
                              {"redirect_uri", redirect},
                              {"scope", provider_.scope},
                              {"state", state},
                              {"code_challenge", challenge_of(verifier)},
                              {"code_challenge_method", "S256"}}));
    auto visit = listener->wait(state, limit);
    if (!visit) return base::fail(visit.error());
    if (visit->code.empty()) {
        const oauth2_http_answer refused{400, R"({"error":")" + visit->error + "\"}"};
        return base::fail(error_of_refusal(provider_.name, refused)); // clears the code of what is no code
    }
    return ask_for_tokens({{"grant_type", "authorization_code"},
                           {"code", visit->code},
                           {"redirect_uri", redirect},
                           {"code_verifier", verifier}});
}

base::result<oauth2_tokens>
oauth2_client::by_device(const std::function<void(const std::string& address, const std::string& code)>& show)
{
    if (provider_.device_endpoint.empty()) return base::fail(missing(provider_, "device endpoint"));
    oauth2_form request{{"scope", provider_.scope}};
    identify(request);
    auto answered = post_(provider_.device_endpoint, request);
    if (!answered) return base::fail(answered.error());
    auto code = device_code_of(provider_.name, *answered);
    if (!code) return base::fail(code.error());
    show(code->address, code->user_code);

    oauth2_form question{{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                         {"device_code", code->secret}};
    identify(question);
    const auto until = clock_.steady_now() + code->life;
    while (clock_.steady_now() + code->interval <= until) {
        if (!wait_(code->interval))
            return base::fail(base::temporary_error(base::failure::closed, "the sign-in was stopped"));
        answered = post_(provider_.token_endpoint, question);
        if (!answered) {
            if (!answered.error().temporary) return base::fail(answered.error());
            code->interval *= 2; // section 3.5: a connection that fails is to be tried more slowly
            continue;
        }
        const std::string refusal = refusal_of(*answered);
        if (refusal == "slow_down") code->interval += slow_down_by;
        if (refusal != "slow_down" && refusal != "authorization_pending")
            return tokens_of(provider_.name, *answered, clock_.now());
    }
    return base::fail(error_of_code(provider_.name, "expired_token"));
}

base::result<oauth2_tokens> oauth2_client::ask_for_tokens(oauth2_form fields)
{
    identify(fields);
    auto answer = post_(provider_.token_endpoint, fields);
    if (!answer) {
        answer.error().operator_text = provider_.name + ": " + answer.error().operator_text;
        return base::fail(answer.error());
    }
    return tokens_of(provider_.name, *answer, clock_.now());
}

void oauth2_client::identify(oauth2_form& fields) const
{
    fields.emplace_back("client_id", provider_.client_id);
    if (!provider_.client_secret.empty()) fields.emplace_back("client_secret", provider_.client_secret);
}

std::optional<oauth2_provider> oauth2_preset(std::string_view name)
{
    oauth2_provider out;
    out.name = name;
    if (name == "gmail") {
        out.authorization_endpoint = "https://accounts.google.com/o/oauth2/v2/auth";
        out.device_endpoint = "https://oauth2.googleapis.com/device/code";
        out.token_endpoint = "https://oauth2.googleapis.com/token";
        out.scope = "https://mail.google.com/";
    } else if (name == "microsoft") {
        out.authorization_endpoint = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize";
        out.device_endpoint = "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode";
        out.token_endpoint = "https://login.microsoftonline.com/common/oauth2/v2.0/token";
        out.scope = "https://outlook.office.com/POP.AccessAsUser.All offline_access";
        out.loopback_host = "localhost"; // any port is allowed for this spelling alone
    } else if (name == "yahoo") {
        out.authorization_endpoint = "https://api.login.yahoo.com/oauth2/request_auth";
        out.token_endpoint = "https://api.login.yahoo.com/oauth2/get_token";
        out.scope = "mail-w";
    } else {
        return std::nullopt;
    }
    return out;
}

namespace {

namespace json = boost::json;

// Within these a wall_time can hold every second: the years 1970 to 2200.
constexpr std::int64_t valid_until_max = 7'258'118'400;

base::error malformed(const char* reason)
{
    return base::permanent_error(base::failure::malformed, std::string("the stored tokens cannot be read: ") +
                                                               reason + "; sign in again");
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
    if (object == nullptr) return base::fail(malformed("they are not a JSON object"));
    oauth2_tokens out;
    const json::value* access = object->if_contains("access_token");
    const json::value* refresh = object->if_contains("refresh_token");
    const json::value* until = object->if_contains("valid_until");
    if (access == nullptr || !access->is_string()) return base::fail(malformed("no access_token"));
    out.access_token = {access->get_string().data(), access->get_string().size()};
    if (refresh != nullptr && !refresh->is_string())
        return base::fail(malformed("refresh_token is not a text"));
    if (refresh != nullptr) out.refresh_token = {refresh->get_string().data(), refresh->get_string().size()};
    if (!is_token(out.access_token) || (!out.refresh_token.empty() && !is_token(out.refresh_token)))
        return base::fail(malformed("a token has forbidden characters"));
    if (until == nullptr || !until->is_int64()) return base::fail(malformed("no valid_until"));
    out.valid_until = base::wall_time(
        std::chrono::seconds(std::clamp<std::int64_t>(until->get_int64(), 0, valid_until_max)));
    return out;
}

} // namespace credentials
