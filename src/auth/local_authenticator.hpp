// Checks credentials against a user_directory in this process, so that unknown, wrong and disabled look alike in text
// and time.
#pragma once

#include "auth/authenticator.hpp"
#include "auth/password.hpp"
#include "auth/user_directory.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace auth {

struct authenticator_settings {
    std::chrono::seconds success_cache_for{60}; ///< 0: no cache
    std::size_t success_cache_max = 65536;
    /// What stays the same over restarts: the SCRAM salts of unknown names depend on it. Empty: made at the start.
    std::string secret{};
    /// Told of a user whose stored hash is never computed, and why: for the operator.
    std::function<void(std::string_view user, std::string_view reason)> report_unusable_hash{};
    /// Computes and compares a hash, where the directory does not verify(); tests count here how much work was spent.
    std::function<base::result<bool>(std::string_view stored, std::string_view password)> verify =
        verify_password;
};

/// Successes are kept under an HMAC key made at the start, by user, mechanism, service and password, and are void when
/// the users change. An unknown user costs the usual work; what is left of a difference the caller hides
/// (authenticator_figures::slowest_check).
class local_authenticator final : public authenticator {
public:
    /// `users` and `clock` must outlive it.
    local_authenticator(const user_directory& users, const base::clock& clock, base::random& random,
                        const authenticator_settings& settings);
    ~local_authenticator() override;
    local_authenticator(const local_authenticator&) = delete;
    local_authenticator& operator=(const local_authenticator&) = delete;

    base::result<std::optional<account>> cached(std::string_view user, std::string_view mechanism,
                                                std::string_view service, std::string_view password) override;
    base::result<account> check_password(std::string_view user, std::string_view authorization,
                                         std::string_view mechanism, std::string_view service,
                                         std::string_view password,
                                         const std::function<bool(const account&)>& may_log_in) override;
    base::result<account> check_apop(std::string_view user, std::string_view timestamp,
                                     std::string_view digest) override;
    base::result<sasl::scram_keys> scram_keys(std::string_view user, std::string_view hash) override;
    base::result<std::optional<std::string>> shared_secret(std::string_view user) override;
    base::result<account> authenticated(std::string_view user) override;
    authenticator_figures figures() const override;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace auth
