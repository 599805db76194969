// Counts and delays that all servers of one name may share: who is let in, and how fast.
#pragma once

#include "base/random.hpp"
#include "server/connection_limits.hpp"
#include "server/login_delays.hpp"
#include "server/throttle.hpp"

namespace server {

/// What the post office is given; all must outlive it.
struct shared_limits {
    /// Each service has counts of its own, so that one cannot take the places of another.
    connection_limits& pop3_connections;
    connection_limits& lmtp_connections;
    connection_limits& smtp_connections;
    server::login_delays& login_delays;
    server::throttle& throttle;
};

/// Those of a server that shares with none: tables in this process.
struct local_limits {
    explicit local_limits(base::random& random) : throttle(random.octets(local_throttle::key_octets)) {}

    local_connection_limits pop3_connections, lmtp_connections, smtp_connections;
    local_login_delays login_delays;
    local_throttle throttle;

    shared_limits all()
    {
        return {pop3_connections, lmtp_connections, smtp_connections, login_delays, throttle};
    }
};

} // namespace server
