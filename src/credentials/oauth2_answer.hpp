// What a provider answers, read: tokens, device codes, refusals (RFC 6749, section 5; RFC 8628, section 3).
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "credentials/oauth2.hpp"
#include "credentials/oauth2_http.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace credentials {

/// Where a provider does not say how long an access token lives (RFC 6749, section 5.1 only recommends it).
constexpr auto token_life_default = std::chrono::hours(1);
/// A year; what is said beyond it is not believed.
constexpr std::int64_t token_life_seconds_max = 366LL * 24 * 3600;

/// The error code of a refusal ("slow_down"); empty where the answer is none of RFC 6749, section 5.2.
std::string refusal_of(const oauth2_http_answer& answer);
/// What a refusal means to a person.
base::error error_of_refusal(const std::string& provider, const oauth2_http_answer& answer);
/// The same for a code that came by another way (RFC 6749, section 4.1.2.1).
base::error error_of_code(const std::string& provider, std::string_view code);

/// Tokens out of a 200. `malformed` where it is none: texts of it are never shown.
base::result<oauth2_tokens> tokens_of(const std::string& provider, const oauth2_http_answer& answer,
                                      base::wall_time now);

struct device_code {
    std::string secret; ///< ours, to ask with
    std::string user_code;
    std::string address; ///< where the person types it
    std::chrono::seconds life{0};
    std::chrono::seconds interval{5}; ///< RFC 8628, section 3.2: where none is told
};
base::result<device_code> device_code_of(const std::string& provider, const oauth2_http_answer& answer);

/// Tokens are visible ASCII (RFC 6749, appendix A.12): anything else could end a line or a SASL message.
bool is_token(std::string_view text);

} // namespace credentials
