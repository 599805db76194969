// How much mail may come in for one user at one time.
#pragma once

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
    /// A counted delivery; gives it back when destroyed.
    class place {
    public:
        place(delivery_limits& counts, std::string user) : counts_(&counts), user_(std::move(user)) {}
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
        std::string user_;
    };

    /// Nothing where `deliveries_max` are under way for that user.
    std::optional<place> deliver(const std::string& user, std::size_t deliveries_max)
    {
        const std::lock_guard lock(mutex_);
        const auto found = users_.find(user);
        if (found != users_.end() && found->second >= deliveries_max) return std::nullopt;
        ++users_[user];
        return place(*this, user);
    }

private:
    void give_back(const std::string& user)
    {
        const std::lock_guard lock(mutex_);
        const auto found = users_.find(user);
        if (found != users_.end() && --found->second == 0) users_.erase(found);
    }

    std::mutex mutex_;
    std::map<std::string, std::size_t> users_;
};

} // namespace server
