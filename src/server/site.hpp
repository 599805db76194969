// The settings in force, with what was read for them; a reload replaces it whole.
#pragma once

#include "auth/user_directory.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/tls/context.hpp"
#include "server/environment.hpp"
#include "server/settings.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace server {

/// What CAPA announces before log-in.
struct announced_times {
    std::optional<std::chrono::seconds> expire; ///< none: never
    bool expire_differs = false;                ///< between users
    std::chrono::seconds login_delay{0};
    bool login_delay_differs = false;
};

/// Immutable. A session keeps the one that it began with.
struct site {
    server::settings settings;
    announced_times announced; ///< follows from the settings and from all users together
    /// Null where the settings name no certificate. They differ in ALPN alone: "pop3" (RFC 7301) against
    /// none.
    std::shared_ptr<const net::tls_context> pop3_tls, mail_in_tls;

    /// Reads the certificates from `certificates` and checks what the settings ask for. TLS sessions of `previous` can
    /// be resumed.
    static base::result<std::shared_ptr<const site>> load(server::settings settings,
                                                          certificate_source& certificates,
                                                          const auth::own_times& users, base::wall_time now,
                                                          const site* previous = nullptr);
    /// The same site with other users.
    std::shared_ptr<const site> with_users(const auth::own_times& users) const;
};

/// Puts the values of `first`, with which the post office was opened, where `wanted` has others that only a
/// restart can change: threads, queues, listeners' addresses and the metrics' one, the admin socket. What the listeners
/// allow is matched by address and can change. Returns what differs, by the key that an operator knows it by; a table
/// where several keys make one setting.
std::vector<std::string> keep_what_cannot_change(settings& wanted, const settings& first);

/// Where everyone gets the present site. Thread-safe.
class current_site {
public:
    std::shared_ptr<const site> get() const
    {
        const std::lock_guard lock(mutex_);
        return site_;
    }
    void replace(std::shared_ptr<const site> with)
    {
        const std::lock_guard lock(mutex_);
        site_.swap(with); // the old one is destroyed outside of the lock
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const site> site_;
};

} // namespace server
