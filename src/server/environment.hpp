// What `cli` gives the post office: the modules that it works with, and what only `cli` can do.
#pragma once

#include "auth/authenticator.hpp"
#include "auth/user_directory.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/worker_pool.hpp"
#include "net/tls/pem.hpp"
#include "server/connection_limits.hpp"
#include "server/login_delays.hpp"
#include "server/settings.hpp"
#include "server/throttle.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace server {

// Counts and delays that all servers of one name may share: who is let in, and how fast.

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

// What the machine says of this process and of the disk with the mail, for the metrics.

/// Numbers that could not be had are 0.
struct machine_facts {
    double cpu_seconds = 0; ///< user and system time of all threads
    std::uint64_t resident_octets = 0;
    std::uint64_t virtual_octets = 0;
    std::uint64_t open_files = 0;
    std::uint64_t open_files_limit = 0;
    double start_time_seconds = 0; ///< since 1970

    std::uint64_t disk_octets = 0;
    std::uint64_t disk_free_octets = 0; ///< for others than root
    std::uint64_t disk_inodes = 0;      ///< 0: the file system has no table of them
    std::uint64_t disk_free_inodes = 0;
};

// Where the contents of certificate files come from: the process that speaks to strangers needs no right to open them.

/// Whoever may open files. Called from threads of the disk pool and from post_office::reload(); may block for the disk.
class certificate_source {
public:
    virtual ~certificate_source() = default;
    /// All that `files` names, as it is now. What cannot be read is in it as a fault.
    virtual net::tls_contents read(const tls_files& files) = 0;
    /// What read() would note as tls_contents::state now, without reading contents: asked every `watch_every`. Another
    /// than before means that it is time to read again; a file that cannot be looked at any more is a change, too.
    virtual std::string state(const tls_files& files) = 0;
};

/// What the post office works with; all must outlive it and are used from many threads.
struct environment {
    store::store& mail;
    base::worker_pool& disk_pool; ///< for what waits for the disk: look-ups of users, files that are watched
    const auth::user_directory& users;
    auth::authenticator& authenticator;
    const base::clock& clock;
    base::random& random;
    base::log& log;
    certificate_source& certificates;
    shared_limits limits;
};

/// What only `cli` can do. Called on the management thread's pool, never on a network thread; may be empty.
struct hooks {
    /// Reads the configuration again and calls post_office::reload(): for `restanted reload`.
    std::function<base::result<>()> reload{};
    /// Reads the users again where their file has changed; called every `watch_every`.
    std::function<base::result<>()> refresh_users{};
    /// Looked at whenever somebody asks for the metrics.
    std::function<machine_facts()> look_at_machine{};
    /// Lines of the log that were lost since the start, for `status` and metrics.
    std::function<std::uint64_t()> log_lines_dropped{};
};

} // namespace server
