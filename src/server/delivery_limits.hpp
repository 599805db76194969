// How much mail may come in for one user at one time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace server {

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

} // namespace server
