// Which ways to sign in are tried, and in which order.
#pragma once

#include "client/pop3_server.hpp"
#include "pop3/client_session.hpp"
#include "sasl/server.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace client {

/// What a line and an account have to offer.
struct sign_in_means {
    bool secret = false;      ///< a password is at hand
    bool token = false;       ///< an access token is at hand
    bool certificate = false; ///< TLS showed ours
    sasl::channel channel{};
};

bool takes_token(std::string_view mechanism);

/// Mechanisms, "USER" and "APOP", best first. The next is for where the server does not know the one before; never for
/// where it said no. Empty: there is no way that the settings allow.
///
/// -PLUS, where it can be used, stands alone: to go on to anything else would be the downgrade that it is there
/// to prevent (RFC 5802, section 6).
std::vector<std::string> mechanisms_to_try(const sign_in_settings& settings,
                                           const pop3::capabilities& capabilities,
                                           const sign_in_means& means);

/// Hosts that take a token only behind an AUTH line without one.
bool wants_two_lines(std::string_view host);

} // namespace client
