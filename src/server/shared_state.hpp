// What all connections of the post office share.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/worker_pool.hpp"
#include "server/environment.hpp"
#include "server/fair_queue.hpp"
#include "server/metrics.hpp"
#include "server/quota_warnings.hpp"
#include "server/session_registry.hpp"
#include "server/settings.hpp"
#include "server/site.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace server {

// An event that one peer can cause as often as it likes, reported to the operator without flooding the log.

/// Thread-safe.
class repeated_event {
public:
    /// `name`: of the event in the log; must outlive this.
    repeated_event(base::severity level, std::string_view name) : level_(level), name_(name) {}

    /// Written at once, then once a minute with the number of times since the last.
    void note(base::log& log, base::steady_time now, std::string_view reason)
    {
        constexpr auto report_every = std::chrono::minutes(1);
        std::uint64_t times = 0;
        {
            const std::lock_guard lock(mutex_);
            ++times_;
            if (reported_ && now < *reported_ + report_every) return;
            reported_ = now;
            times = std::exchange(times_, 0);
        }
        log.write(level_, name_, std::array{base::field{"times", times}, base::field{"why", reason}});
    }

private:
    const base::severity level_;
    const std::string_view name_;
    std::mutex mutex_;
    std::uint64_t times_ = 0;
    std::optional<base::steady_time> reported_;
};

// How much mail may come in for one user at one time.

/// Thread-safe.
class delivery_limits {
public:
    /// A message in the queues of all its users, from its construction to its destruction. All its copies take one
    /// place in each.
    class turn {
    public:
        turn(delivery_limits& limits, const std::vector<std::string>& users) : limits_(limits)
        {
            const std::lock_guard lock(limits_.mutex_);
            ticket_ = ++limits_.last_ticket_;
            for (const auto& user : users) {
                const auto queue = limits_.queues_.try_emplace(user).first;
                queue->second.push_back(ticket_);
                queues_.push_back(queue);
            }
        }
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;
        ~turn()
        {
            const std::lock_guard lock(limits_.mutex_);
            for (const auto& queue : queues_) {
                std::erase(queue->second, ticket_);
                if (queue->second.empty()) limits_.queues_.erase(queue);
            }
        }

        /// Fewer than `deliveries_max` messages came before it and are not done, at each user. All at once, and in the
        /// order of tickets: the oldest message of all is never held up, so no two can wait for each other.
        bool has_come(std::size_t deliveries_max) const
        {
            const std::lock_guard lock(limits_.mutex_);
            return std::ranges::all_of(queues_, [&](const auto& queue) {
                const auto& tickets = queue->second; // ascending
                const auto before = std::ranges::lower_bound(tickets, ticket_) - tickets.begin();
                return static_cast<std::size_t>(before) < deliveries_max;
            });
        }

    private:
        delivery_limits& limits_;
        std::uint64_t ticket_ = 0;
        std::vector<std::map<std::string, std::vector<std::uint64_t>>::iterator> queues_;
    };

private:
    std::mutex mutex_;
    std::uint64_t last_ticket_ = 0;
    std::map<std::string, std::vector<std::uint64_t>> queues_; ///< tickets of messages not done, by user
};

/// Thread-safe in all its parts. Outlives every connection and every job of the pools.
struct shared_state {
    shared_state(environment with_these, base::worker_pool& hash, std::size_t hash_threads,
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

    connection_limits& connections(service service)
    {
        switch (service) {
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
