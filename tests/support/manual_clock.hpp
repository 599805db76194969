// A clock that stands still until a test moves it.
#pragma once

#include "base/clock.hpp"

#include <mutex>

namespace support {

class manual_clock final : public base::clock {
public:
    /// Begins at `now`; by default 2026-01-01 00:00:00 UTC.
    explicit manual_clock(base::wall_time now = base::wall_time(std::chrono::seconds(1767225600))) : now_(now)
    {
    }

    base::wall_time now() const override
    {
        const std::lock_guard guard(mutex_);
        return now_;
    }
    base::steady_time steady_now() const override
    {
        const std::lock_guard guard(mutex_);
        return steady_now_;
    }
    /// Moves both clocks on.
    void advance(std::chrono::nanoseconds by)
    {
        const std::lock_guard guard(mutex_);
        now_ += std::chrono::duration_cast<base::wall_time::duration>(by);
        steady_now_ += std::chrono::duration_cast<base::steady_time::duration>(by);
    }
    /// Sets the wall clock alone, as an operator or NTP does.
    void set(base::wall_time now)
    {
        const std::lock_guard guard(mutex_);
        now_ = now;
    }

private:
    mutable std::mutex mutex_;
    base::wall_time now_;
    base::steady_time steady_now_{std::chrono::hours(1)};
};

} // namespace support
