// The delete policies, and the guard.
#include "archive/retention.hpp"

#include "base/counted.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace archive {

namespace {

template <typename... Ts>
struct overloaded : Ts... {
    using Ts::operator()...;
};

/// A stage in which the message is ours and still listed.
bool is_stored(ledger::stage stage)
{
    return stage == ledger::stage::stored || stage == ledger::stage::delete_asked ||
           stage == ledger::stage::delete_unknown;
}

/// Why this message may not go, whatever the policy says.
std::optional<std::string> barrier(const retention_candidate& candidate, const retention_facts& facts)
{
    if (facts.suspicious) return "the listing is not trusted in this run";
    if (candidate.message->ambiguous) return "the server gives its unique-id to another message as well";
    if (candidate.message->unique_id.empty() && !candidate.fetched_in_this_session)
        return "the server gives it no unique-id, so it is not known again";
    if (candidate.known == nullptr || !is_stored(candidate.known->stage) || !candidate.known->hash)
        return "it is not stored";
    if (candidate.known->note == doubtful_note) return std::string(doubtful_note);
    if (candidate.known->taken_over) return "another program fetched it: what it kept is not known here";
    if (candidate.known->key.empty() && !(facts.delivers_instead && candidate.known->verified))
        return "the archive does not hold it (any more)";
    return std::nullopt;
}

/// From when a message's days count.
std::optional<base::wall_time> counted_from(const ledger::message_record& known, age_clock clock,
                                            const retention_facts& facts)
{
    auto start = known.stored_at;
    if (clock == age_clock::message && known.message_date && *known.message_date <= facts.now)
        start = known.message_date;
    if (!start || !facts.ages_from) return start;
    return *start > facts.now ? facts.ages_from : std::max(start, facts.ages_from);
}

/// The day on which a message of this many days may go.
std::string day_after(base::wall_time start, std::uint32_t days)
{
    constexpr std::uint32_t days_max = 36500; // what is later than that need not be told to the day
    const auto then = start + std::chrono::days(std::min(days, days_max));
    return days > days_max
               ? "in more than 100 years"
               : fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::to_time_t(then)));
}

using verdicts = std::vector<retention_verdict>;
using candidates_view = std::span<const retention_candidate>;

void by_days(const keep_days& keep, candidates_view candidates, const retention_facts& facts, verdicts& out)
{
    for (std::size_t i = 0; i != candidates.size(); ++i) {
        if (!out[i].may_delete) continue;
        const auto start = counted_from(*candidates[i].known, keep.clock, facts);
        // Compared as numbers: so many days may be more than a date or a duration can hold.
        out[i].may_delete =
            start && std::chrono::floor<std::chrono::days>(facts.now - *start).count() >= keep.days;
        out[i].reason = out[i].may_delete ? "not younger than " + base::counted(keep.days, "day")
                        : start ? fmt::format("younger than {}, until {}", base::counted(keep.days, "day"),
                                              day_after(*start, keep.days))
                                : "it is not known when it was stored";
    }
}

/// So soon after the clock jumped nothing goes by it.
void hold_after_jump(const retention_facts& facts, verdicts& out)
{
    if (!facts.ages_from || facts.now - *facts.ages_from >= clock_trial) return;
    for (retention_verdict& verdict : out) {
        if (!verdict.may_delete) continue;
        verdict = {false, fmt::format("the clock jumped; nothing is deleted by age or order until {}",
                                      day_after(*facts.ages_from, 1))};
    }
}

std::uint64_t candidate_octets(const retention_candidate& candidate)
{
    if (candidate.known != nullptr && candidate.known->octets != 0) return candidate.known->octets;
    return candidate.message->octets.value_or(0);
}

/// Those after the first that does not fit may go. `limit` counts what `weight` tells of each.
void by_newest(std::uint64_t limit, const std::function<std::uint64_t(const retention_candidate&)>& weight,
               candidates_view candidates, verdicts& out)
{
    std::uint64_t left = limit;
    bool full = false;
    for (std::size_t i = candidates.size(); i-- != 0;) {
        const std::uint64_t heavy = weight(candidates[i]);
        full = full || heavy > left;
        if (!full) left -= heavy;
        if (!out[i].may_delete) continue;
        out[i].may_delete = full;
        out[i].reason = full ? "older than what is kept" : "among the newest";
    }
}

} // namespace

std::vector<retention_verdict> decide_retention(const keep_policy& keep, candidates_view candidates,
                                                const retention_facts& facts)
{
    verdicts out;
    out.reserve(candidates.size());
    for (const retention_candidate& candidate : candidates) {
        auto why_not = barrier(candidate, facts);
        out.push_back({!why_not, why_not ? std::move(*why_not) : "stored"});
    }
    std::visit(overloaded{
                   [&](const keep_all&) {
                       for (retention_verdict& verdict : out)
                           verdict = {false, "everything is kept on the server"};
                   },
                   [&](const keep_none&) {},
                   [&](const keep_days& days) { by_days(days, candidates, facts, out); },
                   [&](const keep_newest& newest) {
                       by_newest(
                           newest.messages, [](const auto&) { return std::uint64_t{1}; }, candidates, out);
                   },
                   [&](const keep_newest_octets& newest) {
                       by_newest(newest.octets, candidate_octets, candidates, out);
                   },
               },
               keep);
    if (depends_on_clock(keep)) hold_after_jump(facts, out);
    return out;
}

bool depends_on_clock(const keep_policy& keep)
{
    return !std::holds_alternative<keep_all>(keep) && !std::holds_alternative<keep_none>(keep);
}

std::string text_of(const keep_policy& keep)
{
    return std::visit(overloaded{
                          [](const keep_all&) -> std::string { return "keep = all"; },
                          [](const keep_none&) -> std::string { return "keep = none"; },
                          [](const keep_days& days) {
                              return fmt::format(
                                  "keep = days={}, counted from {}", days.days,
                                  days.clock == age_clock::stored
                                      ? "when it was stored"
                                      : "the message's own date, else from when it was stored");
                          },
                          [](const keep_newest& newest) {
                              return "keep = the newest " + base::counted(newest.messages, "message");
                          },
                          [](const keep_newest_octets& newest) {
                              return "keep = the newest " + base::counted(newest.octets, "octet");
                          },
                      },
                      keep);
}

std::optional<std::string> guard_objection(const deletion_guard& guard, const keep_policy& keep,
                                           std::uint64_t on_server, std::uint64_t to_delete)
{
    if (to_delete > guard.messages)
        return fmt::format("{} {} more than guard_messages = {}", base::counted(to_delete, "deletion"),
                           base::for_number(to_delete, "is", "are"), guard.messages);
    if (std::holds_alternative<keep_none>(keep) || to_delete <= guard_floor) return std::nullopt;
    if (to_delete * 100 > on_server * guard.percent)
        return fmt::format("{} deletions of {} on the server are more than guard_percent = {} %", to_delete,
                           base::counted(on_server, "message"), guard.percent);
    return std::nullopt;
}

namespace {

constexpr std::string_view ages_from_name =
    "ages-from"; // among the memories: seconds since 1970; empty: never

std::optional<base::wall_time> read_time(std::string_view text)
{
    std::int64_t seconds = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (trouble != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return base::wall_time(std::chrono::seconds(seconds));
}

std::string text_of_day(base::wall_time time)
{
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

/// What the clock showed in this account before, where `now` does not follow it.
base::result<std::optional<base::wall_time>> jumped_from(ledger::ledger& book, const std::string& account,
                                                         base::wall_time now)
{
    const auto run = book.last_run(account);
    if (!run) return base::fail(run.error());
    std::optional<base::wall_time> before;
    if (*run) {
        before = (*run)->when;
    } else { // a new ledger: how long ago its last run was, nobody knows
        auto stored = book.newest_stored(account);
        if (!stored) return base::fail(stored.error());
        before = *stored;
    }
    const bool back = before && now < *before - clock_back_max;
    const bool ahead = *run && now > *before + clock_ahead_max;
    return back || ahead ? before : std::nullopt;
}

} // namespace

base::result<clock_evaluation> evaluate_clock(ledger::ledger& book, const std::string& account,
                                              base::wall_time now, bool believed, bool dry_run)
{
    clock_evaluation judged;
    if (believed) {
        if (dry_run) return judged;
        if (auto forgotten = book.remember(account, ages_from_name, ""); !forgotten)
            return base::fail(forgotten.error());
        return judged;
    }
    const auto noted = book.recall(account, ages_from_name);
    if (!noted) return base::fail(noted.error());
    if (*noted) judged.ages_from = read_time(**noted);
    const auto before = jumped_from(book, account, now);
    if (!before) return base::fail(before.error());
    if (!*before) return judged;
    judged.ages_from = now;
    judged.jump = fmt::format("the clock shows {}, and in the last run it showed {}", text_of_day(now),
                              text_of_day(**before));
    if (dry_run) return judged;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    if (auto written = book.remember(account, ages_from_name, std::to_string(seconds)); !written)
        return base::fail(written.error());
    return judged;
}

} // namespace archive
