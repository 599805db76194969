// The one HTTP request that OAuth 2.0 needs: a form sent with POST over verified TLS.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credentials {

/// No honest answer with tokens comes near it.
constexpr std::size_t oauth2_answer_octets_max = 1U << 20U;

using oauth2_form = std::vector<std::pair<std::string, std::string>>;

struct oauth2_http_answer {
    long status = 0;
    std::string body;
};

using oauth2_post =
    std::function<base::result<oauth2_http_answer>(const std::string& url, const oauth2_form& fields)>;

/// application/x-www-form-urlencoded, also the query of an address.
std::string format_form(const oauth2_form& fields);
/// The octets, or nothing where an escape is none. '+' is a blank.
bool decode_form_value(std::string_view text, std::string& out);

/// https only; the certificate is verified against `ca_path` (a file or a folder; empty: the system's); redirects are
/// not followed, because they would take the secrets along. Errors: `network`, `timed_out` (temporary), `refused` (the
/// certificate, the address), `too_large`.
oauth2_post oauth2_https(std::string ca_path);

} // namespace credentials
