// The seam for time: nothing below server and cli asks the kernel for it.
#pragma once

#include <chrono>

namespace base {

using wall_time = std::chrono::system_clock::time_point;
using steady_time = std::chrono::steady_clock::time_point;

/// Wall time for names, dates and expiry; steady time for every duration that is measured.
/// Safe to call from any thread.
class clock {
public:
    virtual ~clock() = default;
    virtual wall_time now() const = 0;
    virtual steady_time steady_now() const = 0;
};

/// The machine's own clocks.
class system_clock final : public clock {
public:
    wall_time now() const override { return std::chrono::system_clock::now(); }
    steady_time steady_now() const override { return std::chrono::steady_clock::now(); }
};

} // namespace base
