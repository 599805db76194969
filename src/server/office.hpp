// What all connections of the post office share.
#pragma once

#include "base/worker_pool.hpp"
#include "server/delivery_limits.hpp"
#include "server/environment.hpp"
#include "server/fair_queue.hpp"
#include "server/metrics.hpp"
#include "server/quota_warnings.hpp"
#include "server/repeated_event.hpp"
#include "server/session_registry.hpp"
#include "server/site.hpp"

#include <atomic>
#include <cstdint>
#include <functional>

namespace server {

/// Thread-safe in all its parts. Outlives every connection and every job of the pools.
struct office {
    office(environment with_these, base::worker_pool& hash, std::size_t hash_threads,
           std::size_t hash_queue_max)
        : with(with_these), hash_queue(hash, hash_threads, hash_queue_max)
    {
    }

    environment with;
    fair_queue hash_queue; ///< password hashes and look-ups of users

    current_site present_site;
    session_registry sessions;
    server::delivery_limits delivery_limits;
    server::quota_warnings quota_warnings{with.mail, with.clock};
    server::metrics metrics;
    repeated_event shortage{base::severity::warning, "server-full"};
    repeated_event not_ready{base::severity::error, "store-not-ready"};
    repeated_event penalties{base::severity::info, "penalty"};
    /// The certificate files on disk cannot be used; what was read before is served.
    std::atomic<bool> certificate_refused{false};
    std::function<std::uint64_t()> log_lines_dropped = [] { return std::uint64_t{0}; };
    /// Set before the sessions are told to end: one that began too late to be told sees it.
    std::atomic<bool> stopping{false};

    connection_limits& connections(service what)
    {
        switch (what) {
        case service::lmtp: return with.limits.lmtp_connections;
        case service::smtp: return with.limits.smtp_connections;
        case service::pop3: break;
        }
        return with.limits.pop3_connections;
    }
    /// So full of POP3 connections that deadlines before log-in are cut.
    bool stressed(const limit_settings& limits) const
    {
        return with.limits.pop3_connections.total() * 100 >= limits.connections_max * limits.stress_percent;
    }
};

} // namespace server
