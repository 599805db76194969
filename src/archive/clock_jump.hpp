// A clock that jumped, and from when on the ages of messages may be counted by it.
//
// What was stored while the clock was wrong has a wrong time, and a run under a wrong clock takes everything for old.
// So each run holds its beginning against the end of the one before (docs/decisions/0156).
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "ledger/ledger.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace archive {

/// A run that begins so long before the last one ended saw a jump. Less is a time zone set wrong, which changes no
/// policy of days by more than one.
inline constexpr std::chrono::hours clock_back_max{24};
/// A run that begins so long after the last one ended saw a jump, or a person was away: nobody can tell.
inline constexpr std::chrono::days clock_ahead_max{35};
/// For so long after a jump nothing is deleted by age or order.
inline constexpr std::chrono::hours clock_trial{24};

struct clock_judgement {
    /// After a jump: ages are counted from that run on, so that every message stays for as many days as the policy
    /// says.
    std::optional<base::wall_time> ages_from{};
    std::string jump{}; ///< this run saw it: what was seen, for people
};

/// `believed`: a person says that the clock is right, and what was noted of jumps is forgotten. A jump is noted in the
/// ledger, but not with `dry_run`.
base::result<clock_judgement> judge_clock(ledger::ledger& book, const std::string& account,
                                          base::wall_time now, bool believed, bool dry_run);

} // namespace archive
