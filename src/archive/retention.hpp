// Which messages may go from the server, and why the others may not: decided from facts alone.
//
// What is decided here is a permission, not an order: the sequence (deletion.hpp) still has to re-read what it keeps,
// to prove that the server's message is the same one, and to pass the guard.
#pragma once

#include "archive/settings.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "client/maildrop.hpp"
#include "ledger/ledger.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace archive {

/// The note of a message whose end the server did not mark as RFC 1939 wants it: kept, never deleted.
inline constexpr std::string_view doubtful_note =
    "its end was doubtful: kept here, and never deleted on the server";

/// A message of the listing, in the listing's order.
struct retention_candidate {
    const client::listed_message* message = nullptr;
    const ledger::message_record* known = nullptr; ///< null: nothing of it is stored
    bool fetched_in_this_session = false;
};

struct retention_verdict {
    bool may_delete = false;
    std::string reason; ///< for people, both ways
};

struct retention_facts {
    base::wall_time now;
    bool delivers_instead = false; ///< nothing is kept here: what the targets took counts
    bool suspicious = false;       ///< this listing is not believed
    /// The clock jumped then: ages are counted from there at the earliest, and for clock_trial nothing goes by age or
    /// order.
    std::optional<base::wall_time> ages_from{};
};

/// What goes under this policy goes by the clock, or by an order in time.
bool depends_on_clock(const keep_policy& keep);

/// A verdict for each candidate, in their order. The newest are those farther down the listing: servers list the oldest
/// first, and no clock of ours has a say in it.
std::vector<retention_verdict> decide_retention(const keep_policy& keep,
                                                std::span<const retention_candidate> candidates,
                                                const retention_facts& facts);

/// "keep = days=30, counted from when it was stored"
std::string text_of(const keep_policy& keep);

/// Below so many deletions, no percentage is looked at: one of three messages is 33 %.
inline constexpr std::uint64_t guard_floor = 10;

/// Which limit of the guard a run of `to_delete` deletions is above, for people; nothing: none. Under keep_none every
/// new message goes, always, so the percentage tells nothing and the number alone counts (decision 0067).
std::optional<std::string> guard_objection(const deletion_guard& guard, const keep_policy& keep,
                                           std::uint64_t on_server, std::uint64_t to_delete);

// A clock that jumped, and from when on the ages of messages may be counted by it.
//
// What was stored while the clock was wrong has a wrong time, and a run under a wrong clock takes everything for old.
// So each run holds its beginning against the end of the one before (docs/decisions/0156).

/// A run that begins so long before the last one ended saw a jump. Less is a time zone set wrong, which changes no
/// policy of days by more than one.
inline constexpr std::chrono::hours clock_back_max{24};
/// A run that begins so long after the last one ended saw a jump, or a person was away: nobody can tell.
inline constexpr std::chrono::days clock_ahead_max{35};
/// For so long after a jump nothing is deleted by age or order.
inline constexpr std::chrono::hours clock_trial{24};

struct clock_evaluation {
    /// After a jump: ages are counted from that run on, so that every message stays for as many days as the policy
    /// says.
    std::optional<base::wall_time> ages_from{};
    std::string jump{}; ///< this run saw it: what was seen, for people
};

/// `believed`: a person says that the clock is right, and what was noted of jumps is forgotten. A jump is noted in the
/// ledger, but not with `dry_run`.
base::result<clock_evaluation> evaluate_clock(ledger::ledger& book, const std::string& account,
                                              base::wall_time now, bool believed, bool dry_run);

} // namespace archive
