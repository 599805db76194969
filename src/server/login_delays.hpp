// When each user last logged in, for LOGIN-DELAY (RFC 2449, section 6.5).
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace server {

/// Thread-safe. Only users with a delay are kept, and each until the longest delay seen has passed.
class login_delays {
public:
    /// login_delay where the user logged in less than `delay` ago. Ask only with verified credentials (RFC
    /// 2449, section 8.1.1): the answer tells that the user exists.
    base::result<> check(const std::string& user, std::chrono::seconds delay, base::steady_time now) const;
    /// The user is in.
    void note(const std::string& user, std::chrono::seconds delay, base::steady_time now);

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, base::steady_time> until_; ///< when the next log-in is allowed
    std::size_t forget_at_ = 1024;
};

} // namespace server
