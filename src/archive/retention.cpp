// The delete policies, and the guard.
#include "archive/retention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace archive {

namespace {

template <typename... Ts>
struct overloaded : Ts... {
    using Ts::operator()...;
};

/// A stage in which the message is ours and still listed.
bool is_stored(stage which)
{
    return which == stage::stored || which == stage::delete_asked || which == stage::delete_unknown;
}

/// Why this message may not go, whatever the policy says.
std::optional<std::string> barrier(const retention_candidate& one, const retention_facts& facts)
{
    if (facts.suspicious) return "the listing is not believed in this run";
    if (one.message->ambiguous) return "the server gives its unique-id to another message as well";
    if (one.message->unique_id.empty() && !one.fetched_in_this_session)
        return "the server gives it no unique-id, so it is not known again";
    if (one.known == nullptr || !is_stored(one.known->stage) || !one.known->hash) return "it is not stored";
    if (one.known->note == doubtful_note) return std::string(doubtful_note);
    if (one.known->taken_over) return "another program fetched it: what it kept is not known here";
    if (one.known->key.empty() && !(facts.delivers_instead && one.known->verified))
        return "the archive does not hold it (any more)";
    return std::nullopt;
}

/// From when a message's days count.
std::optional<base::wall_time> counted_from(const life& known, age_clock clock, base::wall_time now)
{
    if (clock == age_clock::message && known.message_date && *known.message_date <= now)
        return known.message_date;
    return known.stored_at;
}

using verdicts = std::vector<retention_verdict>;
using candidates_view = std::span<const retention_candidate>;

void by_days(const keep_days& keep, candidates_view all, base::wall_time now, verdicts& out)
{
    for (std::size_t i = 0; i != all.size(); ++i) {
        if (!out[i].may_delete) continue;
        const auto from = counted_from(*all[i].known, keep.clock, now);
        // Compared as numbers: so many days may be more than a date or a duration can hold.
        out[i].may_delete = from && std::chrono::floor<std::chrono::days>(now - *from).count() >= keep.days;
        out[i].why = fmt::format("{} than {} days", out[i].may_delete ? "not younger" : "younger", keep.days);
    }
}

/// Indexes from the newest to the oldest.
std::vector<std::size_t> newest_first(candidates_view all, base::wall_time now)
{
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), 0);
    const auto listed = [&](std::size_t i) {
        return all[i].known == nullptr ? now : all[i].known->first_listed;
    };
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        return listed(a) != listed(b) ? listed(a) > listed(b) : a > b;
    });
    return order;
}

std::uint64_t candidate_octets(const retention_candidate& one)
{
    if (one.known != nullptr && one.known->octets != 0) return one.known->octets;
    return one.message->octets.value_or(0);
}

/// Those after the first that does not fit may go. `limit` counts what `weight` tells of each.
void by_newest(std::uint64_t limit, const std::function<std::uint64_t(const retention_candidate&)>& weight,
               candidates_view all, base::wall_time now, verdicts& out)
{
    std::uint64_t left = limit;
    bool full = false;
    for (const std::size_t i : newest_first(all, now)) {
        const std::uint64_t heavy = weight(all[i]);
        full = full || heavy > left;
        if (!full) left -= heavy;
        if (!out[i].may_delete) continue;
        out[i].may_delete = full;
        out[i].why = full ? "older than what stays" : "among the newest";
    }
}

} // namespace

std::vector<retention_verdict> decide_retention(const keep_policy& keep, candidates_view candidates,
                                                const retention_facts& facts)
{
    verdicts out;
    out.reserve(candidates.size());
    for (const retention_candidate& one : candidates) {
        auto why_not = barrier(one, facts);
        out.push_back({!why_not, why_not ? std::move(*why_not) : "stored"});
    }
    std::visit(overloaded{
                   [&](const keep_all&) {
                       for (retention_verdict& one : out) one = {false, "everything stays on the server"};
                   },
                   [&](const keep_none&) {},
                   [&](const keep_days& days) { by_days(days, candidates, facts.now, out); },
                   [&](const keep_newest& newest) {
                       by_newest(
                           newest.messages, [](const auto&) { return std::uint64_t{1}; }, candidates,
                           facts.now, out);
                   },
                   [&](const keep_newest_octets& newest) {
                       by_newest(newest.octets, candidate_octets, candidates, facts.now, out);
                   },
               },
               keep);
    return out;
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
                              return fmt::format("keep = the newest {} messages", newest.messages);
                          },
                          [](const keep_newest_octets& newest) {
                              return fmt::format("keep = the newest {} octets", newest.octets);
                          },
                      },
                      keep);
}

std::optional<std::string> guard_objection(const deletion_guard& guard, const keep_policy& keep,
                                           std::uint64_t on_server, std::uint64_t to_delete)
{
    if (to_delete > guard.messages)
        return fmt::format("{} deletions are more than {} (guard.messages)", to_delete, guard.messages);
    if (std::holds_alternative<keep_none>(keep) || to_delete <= guard_floor) return std::nullopt;
    if (to_delete * 100 > on_server * guard.percent)
        return fmt::format("{} deletions are more than {} % of the {} messages on the server (guard.percent)",
                           to_delete, guard.percent, on_server);
    return std::nullopt;
}

} // namespace archive
