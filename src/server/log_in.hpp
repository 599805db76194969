// Log-in: from credentials to an account, and from an account to an open maildrop.
#pragma once

#include "auth/account.hpp"
#include "pop3/server_session.hpp"
#include "sasl/server.hpp"
#include "server/connection.hpp"

#include <memory>
#include <string>
#include <type_traits>
#include <variant>

namespace server {

/// Proves who a client is. One per connection; holds the SASL exchange under way.
class log_in {
public:
    explicit log_in(connection& connection)
        : connection_(connection), lane_{connection.shared().hash_queue, standing::stranger, {}}
    {
    }

    awaitable<base::result<auth::account>> password(pop3::check_password given);
    awaitable<base::result<auth::account>> apop(pop3::check_apop given, std::string timestamp);

    /// A challenge to send, or who it is.
    using sasl_outcome = std::variant<std::string, auth::account>;
    awaitable<base::result<sasl_outcome>> begin(pop3::sasl_begin given, bool plus_offered);
    awaitable<base::result<sasl_outcome>> respond(pop3::sasl_respond given);
    void abort() { exchange_.reset(); }

    /// "USER", "APOP" or the SASL mechanism tried last: for logs and metrics.
    const std::string& mechanism() const { return mechanism_; }
    /// The identity last claimed: for logs and the throttle.
    const std::string& claimed() const { return claimed_; }
    /// When the last check began: waiting for a turn is behind it, the work that could tell something is not.
    base::steady_time check_begun() const { return check_begun_; }

private:
    template <typename Question>
    awaitable<std::invoke_result_t<Question&>> ask(Question question);
    awaitable<base::result<>> take_turn(std::string user);
    awaitable<base::result<auth::account>> verify(std::string user, std::string authorization,
                                                  std::string secret);
    awaitable<base::result<sasl_outcome>> follow(sasl::step next);
    base::result<sasl_outcome> end_exchange(base::error error);
    // One for each step: a step without one does not compile.
    awaitable<base::result<sasl_outcome>> take(sasl::challenge sent);
    awaitable<base::result<sasl_outcome>> take(sasl::authenticated who);
    awaitable<base::result<sasl_outcome>> take(sasl::rejected why);
    awaitable<base::result<sasl_outcome>> take(sasl::verify_password asked);
    awaitable<base::result<sasl_outcome>> take(sasl::want_scram_keys asked);
    awaitable<base::result<sasl_outcome>> take(sasl::want_shared_secret asked);
    awaitable<base::result<sasl_outcome>> take(sasl::verify_external asked);

    connection& connection_;
    std::unique_ptr<sasl::server_exchange> exchange_;
    std::optional<auth::account> account_; // of a password that was right within the exchange
    std::string mechanism_, claimed_;
    fair_queue::lane lane_; // of the attempt under way
    base::steady_time check_begun_{};
};

} // namespace server
