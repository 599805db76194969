// From a listing and the ledger to a plan.
#include "archive/plan.hpp"

#include "archive/rules.hpp"
#include "base/counted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

namespace archive {

namespace {

/// Its octets are here (or were taken by a target), as far as the ledger knows.
bool counts_as_stored(const ledger::message_record& known)
{
    switch (known.stage) {
    case ledger::stage::stored:
    case ledger::stage::delete_asked:
    case ledger::stage::delete_unknown:
    case ledger::stage::vanished:
    case ledger::stage::deleted: return known.hash.has_value() || known.taken_over;
    default: return false;
    }
}

/// The ledger believes it to be on the server.
bool thought_there(const ledger::message_record& known)
{
    return known.stage != ledger::stage::deleted && known.stage != ledger::stage::vanished &&
           !known.unique_id.starts_with(nameless_prefix);
}

/// We asked the server to delete it: its absence is no surprise.
bool asked_to_go(const ledger::message_record& known)
{
    return known.stage == ledger::stage::delete_asked || known.stage == ledger::stage::delete_unknown;
}

const ledger::message_record* record_of(const client::listed_message& message, const known_records& records)
{
    if (!has_own_name(message)) return nullptr;
    const auto found = records.find(message.unique_id);
    return found == records.end() ? nullptr : &found->second;
}

/// Most sizes of this server are exact, so one that is not means something. (Some count LF for CRLF, or round.)
bool sizes_are_exact(const client::maildrop_listing& listing, const known_records& records)
{
    std::size_t compared = 0;
    std::size_t exact = 0;
    for (const client::listed_message& message : listing.messages) {
        const ledger::message_record* known = record_of(message, records);
        if (known == nullptr || !known->hash || !message.octets || !counts_as_stored(*known)) continue;
        ++compared;
        exact += known->octets == *message.octets ? 1 : 0;
    }
    return compared > 0 && exact * 10 >= compared * 9;
}

/// Listed again after it was gone, or may have been: a server may give the unique-id of a message that exists no more
/// to another one (RFC 1939, section 7), and only the octets can tell whether it did.
bool came_back(const ledger::message_record& known)
{
    return known.stage == ledger::stage::deleted || known.stage == ledger::stage::vanished ||
           known.stage == ledger::stage::delete_unknown;
}

/// LIST tells another size than when the message was last compared. Lives from before that was noted have the size of
/// what was stored, which counts where this server's sizes are exact.
bool has_other_size(const ledger::message_record& known, const client::listed_message& message, bool exact)
{
    if (!known.hash || !message.octets || known.size_changes >= size_changes_max) return false;
    if (known.listed_octets) return *known.listed_octets != *message.octets;
    return exact && *message.octets != known.octets;
}

void judge(planned_message& planned, const ledger::message_record* known, const account_settings& account,
           const plan_facts& facts, bool exact)
{
    if (facts.failures != nullptr)
        if (const auto failed = facts.failures->find(planned.name);
            failed != facts.failures->end() && failed->second >= failures_max) {
            planned.course = course::skipped; // its failure stands in the account already
            return;
        }
    if (known != nullptr && counts_as_stored(*known) && !came_back(*known) &&
        !has_other_size(*known, planned.message, exact)) {
        planned.course = course::stored_before;
        planned.doubted = asked_to_go(*known);
        return;
    }
    if (account.octets_max && planned.message.octets && *planned.message.octets > *account.octets_max) {
        planned.course = course::skipped;
        planned.reason =
            fmt::format("{} {} more than {} (octets_max)", base::counted(*planned.message.octets, "octet"),
                        base::for_number(*planned.message.octets, "is", "are"), *account.octets_max);
        return;
    }
    if (known != nullptr && known->stage == ledger::stage::skipped && facts.skipping_unchanged) {
        planned.course = course::skipped;
        planned.reason = known->note;
    }
}

/// It failed before, so what has not goes first.
bool is_troubled(const planned_message& planned, const known_records& records, const plan_facts& facts)
{
    const ledger::message_record* known = record_of(planned.message, records);
    const bool failed_before =
        known != nullptr && known->stage == ledger::stage::failed && known->failures >= 2;
    return failed_before || (facts.failures != nullptr && facts.failures->contains(planned.name));
}

void order_fetches(fetch_plan& plan, const known_records& records, fetch_order order, const plan_facts& facts)
{
    // Trouble last, then by size where that is wished, then as listed.
    std::vector<std::tuple<bool, std::uint64_t, std::size_t>> ranks;
    for (std::size_t i = 0; i != plan.messages.size(); ++i) {
        const planned_message& planned = plan.messages[i];
        if (planned.course != course::fetch) continue;
        const auto octets = order == fetch_order::smallest_first ? planned.message.octets.value_or(0) : 0;
        ranks.emplace_back(is_troubled(planned, records, facts), octets, i);
    }
    std::ranges::sort(ranks);
    for (const auto& rank : ranks) plan.order.push_back(std::get<2>(rank));
}

/// Is this listing to be believed?
std::optional<std::string> suspicion(const client::maildrop_listing& listing, const known_records& records)
{
    const auto expected = [](const auto& message) {
        return thought_there(message.second) && counts_as_stored(message.second) &&
               !asked_to_go(message.second);
    };
    const auto count = static_cast<std::size_t>(std::ranges::count_if(records, expected));
    if (count == 0) return std::nullopt;
    if (listing.messages.empty())
        return fmt::format(
            "the server reports an empty maildrop, where {} {} known: nothing is taken for gone in this run; if it is "
            "true, give --believe-listing",
            base::counted(count, "message"), base::for_number(count, "was", "were"));
    if (count < known_before_suspicion) return std::nullopt;
    const bool none_known = std::ranges::none_of(
        listing.messages, [&](const auto& message) { return records.contains(message.unique_id); });
    if (!none_known) return std::nullopt;
    return fmt::format("the server gives every message a new unique-id, where {} {} known: what is here "
                       "already is recognised by its content, and nothing is deleted in this run",
                       base::counted(count, "message"), base::for_number(count, "was", "were"));
}

void find_gone(fetch_plan& plan, const client::maildrop_listing& listing, const known_records& records)
{
    std::set<std::string_view> listed;
    for (const client::listed_message& message : listing.messages) listed.insert(message.unique_id);
    for (const auto& [unique_id, known] : records) {
        if (!thought_there(known) || listed.contains(unique_id)) continue;
        ledger::message_record gone = known;
        const bool by_us = asked_to_go(known);
        gone.stage = by_us ? ledger::stage::deleted : ledger::stage::vanished;
        ++(by_us ? plan.found_deleted : plan.vanished);
        plan.changed.push_back(std::move(gone));
    }
}

} // namespace

bool has_own_name(const client::listed_message& message)
{
    return !message.unique_id.empty() && !message.ambiguous &&
           !message.unique_id.starts_with(nameless_prefix);
}

std::string shown_name(const client::listed_message& message, unsigned generation)
{
    if (has_own_name(message)) return message.unique_id;
    const std::string id = message.unique_id.empty() ? "none" : message.unique_id;
    if (generation == 0) return fmt::format("({}, number {})", id, message.number);
    return fmt::format("({}, number {} of session {})", id, message.number, generation + 1);
}

const planned_message& fetch_plan::numbered(std::uint64_t number) const
{
    if (number - 1 < messages.size() && messages[number - 1].message.number == number)
        return messages[number - 1];
    return *std::ranges::find(messages, number,
                              [](const planned_message& planned) { return planned.message.number; });
}

fetch_plan make_plan(const client::maildrop_listing& listing, const known_records& records,
                     const account_settings& account, const plan_facts& facts)
{
    fetch_plan plan;
    const bool exact = sizes_are_exact(listing, records);
    for (const client::listed_message& message : listing.messages) {
        planned_message planned{message, shown_name(message, facts.generation), course::fetch, {}, false};
        judge(planned, record_of(message, records), account, facts, exact);
        plan.messages.push_back(std::move(planned));
    }
    order_fetches(plan, records, account.order, facts);
    if (!listing.unique_ids) {
        if (!records.empty() &&
            std::ranges::any_of(records, [](const auto& entry) { return thought_there(entry.second); }))
            plan.suspicious = !facts.believe_listing;
        plan.warnings.emplace_back(
            "the server gives no unique-ids: messages are known again by their content alone, "
            "after they were fetched again");
        return plan;
    }
    if (auto reason = suspicion(listing, records); reason && !facts.believe_listing) {
        plan.suspicious = true;
        plan.warnings.push_back(std::move(*reason));
    }
    if (!plan.suspicious) find_gone(plan, listing, records);
    return plan;
}

} // namespace archive
