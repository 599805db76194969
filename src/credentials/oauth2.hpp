// OAuth 2.0 for mail: getting tokens, keeping them fresh (RFC 6749, 7636, 8252, 8628).
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "credentials/oauth2_http.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace credentials {

/// Whom to ask, and as whom. Presets know all but the client id (and secret), which is each installation's own.
struct oauth2_provider {
    std::string name; ///< "gmail", "microsoft", "yahoo" or the person's own
    std::string authorization_endpoint, device_endpoint, token_endpoint;
    std::string scope;
    std::string client_id;
    std::string client_secret; ///< may be empty: a public client
    std::string ca_path;       ///< empty: the system's; for a provider of one's own
    /// How by_loopback() calls our own machine in the redirect URI: some providers take one spelling only.
    std::string loopback_host = "127.0.0.1";
};
std::optional<oauth2_provider> oauth2_preset(std::string_view name);

struct oauth2_tokens {
    std::string access_token;
    std::string refresh_token; ///< may be empty (client credentials)
    base::wall_time valid_until;
};
std::string format_tokens(const oauth2_tokens& tokens); ///< JSON, for a file of mode 0600 or the keyring
base::result<oauth2_tokens> parse_tokens(std::string_view json);

/// Waits; false: the wait was ended from outside, and so is what waited.
using oauth2_wait = std::function<bool(std::chrono::seconds)>;

/// Every error names the provider and what to do, and holds no token. Temporary ones are worth another try.
class oauth2_client {
public:
    oauth2_client(const oauth2_provider& provider, const base::clock& clock, base::random& random);
    /// With another way to the provider and of waiting: for tests.
    oauth2_client(oauth2_provider provider, const base::clock& clock, base::random& random, oauth2_post post,
                  oauth2_wait wait);

    /// RFC 8628: `show` gets what the person must be told (address and code), then this waits until they agreed or the
    /// code expired (`timed_out`) or was denied (`credentials`).
    base::result<oauth2_tokens>
    by_device(const std::function<void(const std::string& address, const std::string& code)>& show);
    /// RFC 8252 with PKCE (S256): listens on 127.0.0.1, `open_browser` gets the address to visit; waits up to `limit`.
    base::result<oauth2_tokens>
    by_loopback(const std::function<void(const std::string& address)>& open_browser,
                std::chrono::seconds limit);
    /// RFC 6749, section 4.4: no person at all.
    base::result<oauth2_tokens> by_client_credentials();
    /// A new access token. `credentials` where the refresh token is no longer good: a person must sign in again.
    base::result<oauth2_tokens> refresh(const oauth2_tokens& old);

    /// Time to refresh: less than five minutes are left.
    bool stale(const oauth2_tokens& tokens) const;

private:
    base::result<oauth2_tokens> ask_for_tokens(oauth2_form fields);
    void identify(oauth2_form& fields) const;

    oauth2_provider provider_;
    const base::clock& clock_;
    base::random& random_;
    oauth2_post post_;
    oauth2_wait wait_;
};

} // namespace credentials
