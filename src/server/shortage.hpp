// What cannot be served for want of descriptors or queue places, reported to the operator without flooding him.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace server {

/// Thread-safe.
class shortage {
public:
    /// A warning at once, then one a minute that says how many there were since the last.
    void note(base::log& log, base::steady_time now, std::string_view why)
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
        log.warning("server-full", {{"times", times}, {"why", why}});
    }

private:
    std::mutex mutex_;
    std::uint64_t times_ = 0;
    std::optional<base::steady_time> reported_;
};

} // namespace server
