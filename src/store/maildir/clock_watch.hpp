// Guards what is removed for its age against a clock that jumps.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <mutex>

namespace store::maildir {

/// Compares the wall clock with the steady one; safe from any thread.
class clock_watch {
public:
    clock_watch(const base::clock& clock, base::log& log);

    /// False for a day after the wall clock moved by over an hour against the steady clock: nothing may be
    /// removed for its age then, and there is time to put the clock right. A clock that was wrong before the
    /// start is not noticed.
    bool ages_can_be_trusted();

private:
    const base::clock& clock_;
    base::log& log_;
    std::mutex mutex_;
    base::wall_time wall_;
    base::steady_time steady_;
    base::steady_time trusted_from_;
};

} // namespace store::maildir
