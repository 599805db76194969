// How much mail may come in at one time: connections, and messages for one user.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace server {

/// Thread-safe.
class delivery_limits {
public:
    /// A counted connection or delivery; gives it back when destroyed.
    class place {
    public:
        place(delivery_limits& counts, std::optional<std::string> user)
            : counts_(&counts), user_(std::move(user))
        {
        }
        place(place&& other) noexcept
            : counts_(std::exchange(other.counts_, nullptr)), user_(std::move(other.user_))
        {
        }
        place& operator=(place&&) = delete;
        ~place()
        {
            if (counts_) counts_->give_back(user_);
        }

    private:
        delivery_limits* counts_;
        std::optional<std::string> user_;
    };

    /// Nothing where there are `connections_max` already.
    std::optional<place> connect(std::size_t connections_max)
    {
        if (++connections_ <= connections_max) return place(*this, std::nullopt);
        --connections_;
        return std::nullopt;
    }

    /// Nothing where `deliveries_max` are under way for that user.
    std::optional<place> deliver(const std::string& user, std::size_t deliveries_max)
    {
        const std::lock_guard lock(mutex_);
        const auto found = users_.find(user);
        if (found != users_.end() && found->second >= deliveries_max) return std::nullopt;
        ++users_[user];
        return place(*this, user);
    }

    std::size_t connections() const { return connections_.load(std::memory_order_relaxed); }

private:
    void give_back(const std::optional<std::string>& user)
    {
        if (!user) {
            --connections_;
            return;
        }
        const std::lock_guard lock(mutex_);
        const auto found = users_.find(*user);
        if (found != users_.end() && --found->second == 0) users_.erase(found);
    }

    std::atomic<std::size_t> connections_{0};
    std::mutex mutex_;
    std::map<std::string, std::size_t> users_;
};

} // namespace server
