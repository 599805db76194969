// The contract of what checks credentials; local_authenticator keeps it.
#pragma once

#include "auth/account.hpp"
#include "base/result.hpp"
#include "sasl/server.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace auth {

/// What an authenticator has measured since its start.
struct authenticator_figures {
    /// The longest that checking a password has taken, at most a second: answers that wait for a multiple of it do not
    /// tell which hash was computed. 0: not known.
    std::chrono::nanoseconds slowest_check{0};
    std::uint64_t cache_hits = 0, cache_misses = 0; ///< of cached()
};

/// Six questions. Thread-safe. Who is unknown, wrong or disabled is refused with failure::credentials, never temporary,
/// always in the same words for the peer; the operator text tells which it was. An error that is temporary means that
/// nothing is known now (the directory is down, another process does not answer): whoever asks is told to try again,
/// and it is held against nobody.
class authenticator {
public:
    virtual ~authenticator() = default;

    /// A password that was right lately. Cheap: no hash, no blocking. None, and an error as well: ask
    /// check_password().
    virtual base::result<std::optional<account>> cached(std::string_view user, std::string_view mechanism,
                                                        std::string_view service,
                                                        std::string_view password) = 0;

    /// May be slow on purpose (a password hash): call on a pool. An empty `authorization` means the same identity.
    /// Whoever `may_log_in` does not allow, by his networks, is refused as with a wrong password, and nothing is
    /// remembered. A user with a shared_secret is refused too (RFC 1939, section 13; docs/auth.md).
    virtual base::result<account> check_password(std::string_view user, std::string_view authorization,
                                                 std::string_view mechanism, std::string_view service,
                                                 std::string_view password,
                                                 const std::function<bool(const account&)>& may_log_in) = 0;

    /// APOP: digest = MD5(timestamp + shared secret) in hexadecimal (RFC 1939, section 7). May block.
    virtual base::result<account> check_apop(std::string_view user, std::string_view timestamp,
                                             std::string_view digest) = 0;

    /// Stored SCRAM keys; for a user without them (or unknown) keys that no password opens, the same at every call.
    /// `hash` is "SHA-1" or "SHA-256". May block.
    virtual base::result<sasl::scram_keys> scram_keys(std::string_view user, std::string_view hash) = 0;

    /// None where the user is unknown or disabled, or has none. May block.
    virtual base::result<std::optional<std::string>> shared_secret(std::string_view user) = 0;

    /// After a mechanism proved an identity (SCRAM, CRAM-MD5, EXTERNAL): the account, unless it is unknown or disabled.
    /// May block.
    virtual base::result<account> authenticated(std::string_view user) = 0;

    /// From any thread, without waiting.
    virtual authenticator_figures figures() const { return {}; }
};

} // namespace auth
