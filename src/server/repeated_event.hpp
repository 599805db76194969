// An event that one peer can cause as often as it likes, reported to the operator without flooding the log.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace server {

/// Thread-safe.
class repeated_event {
public:
    /// `name`: of the event in the log; must outlive this.
    repeated_event(base::severity level, std::string_view name) : level_(level), name_(name) {}

    /// Written at once, then once a minute with the number of times since the last.
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
        log.write(level_, name_, std::array{base::field{"times", times}, base::field{"why", why}});
    }

private:
    const base::severity level_;
    const std::string_view name_;
    std::mutex mutex_;
    std::uint64_t times_ = 0;
    std::optional<base::steady_time> reported_;
};

} // namespace server
