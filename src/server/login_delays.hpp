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

/// Who may not log in again yet. Asked by network threads, all at once, so each function answers without waiting.
/// `now` is this process's clock. One that servers share answers from what it has heard so far: a log-in elsewhere may
/// be noticed late, and where the others cannot be asked, nobody is refused for that.
class login_delays {
public:
    virtual ~login_delays() = default;
    /// login_delay where the user logged in less than `delay` ago; the peer's text is how many seconds are left. Ask
    /// only with verified credentials (RFC 2449, section 8.1.1): the answer tells that the user exists.
    virtual base::result<> check(const std::string& user, std::chrono::seconds delay,
                                 base::steady_time now) const = 0;
    /// The user is in. What is noted here is known to check() from then on.
    virtual void note(const std::string& user, std::chrono::seconds delay, base::steady_time now) = 0;
};

/// Those of this process alone. Only users with a delay are kept, and each until the longest delay seen has passed.
class local_login_delays final : public login_delays {
public:
    base::result<> check(const std::string& user, std::chrono::seconds delay,
                         base::steady_time now) const override;
    void note(const std::string& user, std::chrono::seconds delay, base::steady_time now) override;

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, base::steady_time> until_; ///< when the next log-in is allowed
    std::size_t forget_at_ = 1024;
};

} // namespace server
