// Two clocks that must move together.
#include "store/maildir/backend.hpp"

namespace store::maildir {

namespace {

constexpr std::chrono::hours jump{1};       // NTP slews less; summer time does not move this clock
constexpr std::chrono::hours suspicion{24}; // one working day for the operator to see the warning

} // namespace

clock_watch::clock_watch(const base::clock& clock, base::log& log)
    : clock_(clock), log_(log), wall_(clock.now()), steady_(clock.steady_now()), trusted_from_(steady_)
{
}

bool clock_watch::ages_can_be_trusted()
{
    const std::lock_guard lock(mutex_);
    const auto wall = clock_.now();
    const auto steady = clock_.steady_now();
    const auto drift = std::chrono::abs((wall - wall_) - (steady - steady_));
    wall_ = wall;
    steady_ = steady;
    if (drift > jump) {
        trusted_from_ = steady + suspicion;
        log_.warning("clock-jumped",
                     {{"seconds", std::int64_t{std::chrono::floor<std::chrono::seconds>(drift).count()}},
                      {"effect", "nothing is removed for its age for 24 hours"}});
    }
    return steady >= trusted_from_;
}

} // namespace store::maildir
