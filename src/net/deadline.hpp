// Limits as points in time.
#pragma once

#include <algorithm>
#include <chrono>

namespace net {

using steady_deadline = std::chrono::steady_clock::time_point;

/// More than any sensible limit, and far from the end of the clock.
inline constexpr std::chrono::milliseconds limit_max = std::chrono::hours(24 * 365);

/// Any limit is allowed; one longer than a year is a year, one below nothing is over.
inline steady_deadline deadline_after(std::chrono::milliseconds limit)
{
    return std::chrono::steady_clock::now() + std::clamp(limit, std::chrono::milliseconds(0), limit_max);
}

/// What is left until then; never below nothing.
inline std::chrono::milliseconds time_left(steady_deadline until)
{
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    return std::max(left, milliseconds(0));
}

} // namespace net
