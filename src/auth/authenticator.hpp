// Checks credentials so that unknown, wrong and disabled look alike in text and time.
#pragma once

#include "auth/password.hpp"
#include "auth/user_directory.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "sasl/server.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace auth {

struct authenticator_settings {
    std::chrono::seconds success_cache_for{60}; ///< 0: no cache
    std::size_t success_cache_max = 65536;
    /// What stays the same over restarts: the SCRAM salts of unknown names depend on it. Empty: made at the start.
    std::string secret{};
    /// Told of a user whose stored hash is never computed, and why: for the operator.
    std::function<void(std::string_view user, std::string_view why)> report_unusable_hash{};
    /// Computes and compares a hash; tests count here how much work was spent.
    std::function<base::result<bool>(std::string_view stored, std::string_view password)> verify =
        verify_password;
};

/// Thread-safe. A refusal is always failure::credentials with one and the same peer text, unless the
/// directory is down (temporary) — see base/error.hpp. The operator text tells which it was.
class authenticator {
public:
    authenticator(const user_directory& users, const base::clock& clock, base::random& random,
                  const authenticator_settings& settings);
    ~authenticator();
    authenticator(const authenticator&) = delete;
    authenticator& operator=(const authenticator&) = delete;

    /// A password that was right within the cache's time (keyed by user, mechanism, service and password
    /// under an HMAC key made at the start; void when the users change). Cheap: no hash, no blocking. None:
    /// ask check_password().
    std::optional<account> cached(std::string_view user, std::string_view mechanism, std::string_view service,
                                  std::string_view password);

    /// Slow on purpose (a password hash): call on a pool. Spends the usual work on an unknown user; what is left
    /// of a difference the caller hides (slowest_check()). Whoever `may_log_in` does not allow, by his networks, is
    /// refused as with a wrong password, and nothing is remembered. A user with a shared_secret is refused too
    /// (RFC 1939, section 13; docs/auth.md).
    base::result<account> check_password(std::string_view user, std::string_view authorization,
                                         std::string_view mechanism, std::string_view service,
                                         std::string_view password,
                                         const std::function<bool(const account&)>& may_log_in);

    /// APOP: digest = MD5(timestamp + shared secret) in hexadecimal (RFC 1939, section 7).
    base::result<account> check_apop(std::string_view user, std::string_view timestamp,
                                     std::string_view digest);

    /// Stored SCRAM keys; for a user without them (or unknown) keys that no password opens, the same at every call.
    base::result<sasl::scram_keys> scram_keys(std::string_view user, std::string_view hash);

    base::result<std::optional<std::string>> shared_secret(std::string_view user);

    /// After a mechanism proved an identity (SCRAM, CRAM-MD5, EXTERNAL): the account, unless it is unknown or disabled.
    base::result<account> proved(std::string_view user);

    /// The longest that computing a hash has taken on this machine, at most a second: answers that wait for a
    /// multiple of it do not tell which hash was computed.
    std::chrono::nanoseconds slowest_check() const;

    std::uint64_t cache_hits() const;
    std::uint64_t cache_misses() const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace auth
