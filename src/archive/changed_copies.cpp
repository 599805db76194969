// Messages of the server held against what is kept and belongs to no record.
#include "archive/changed_copies.hpp"

#include "archive/proof.hpp"
#include "ledger/added_fields.hpp"
#include "ledger/moved_copies.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace archive {

namespace {

// What a mail program puts into a header section is smaller than this.
constexpr std::uint64_t fields_octets_max = 4096;

/// What is kept, is there, and belongs to no record.
base::result<std::vector<ledger::held_content>> without_record(run& current)
{
    std::set<std::string_view> known;
    for (const auto& [id, record] : current.known.records) known.insert(record.key);
    std::vector<ledger::held_content> found;
    auto done = current.inputs.parts.book.each_copy(
        current.inputs.account.name, [&](const ledger::stored_copy& held, const ledger::content_hash& hash) {
            if (!known.contains(held.key) && !current.known.missing.contains(held.key))
                found.emplace_back(hash, held);
        });
    if (!done) return base::fail(done.error());
    return found;
}

bool may_be_same(std::uint64_t octets, const ledger::held_content& candidate)
{
    const std::uint64_t held = candidate.second.octets;
    return held + fields_octets_max >= octets && octets + fields_octets_max >= held;
}

/// Where this message of the server lies now, if anywhere.
base::result<const ledger::held_content*> place_of(run& current, const ledger::bare_message& served,
                                                   std::uint64_t octets,
                                                   const std::vector<ledger::held_content>& candidates)
{
    for (const ledger::held_content& held : candidates) {
        if (!may_be_same(octets, held)) continue;
        auto same = is_same_but_added(current.inputs.parts.mail, held.second.key, served);
        if (!same) return base::fail(same.error());
        if (*same) return &held;
    }
    return nullptr;
}

using planned_messages = std::vector<const planned_message*>;

/// Those of `missing` that may lie among the candidates, by their sizes.
planned_messages worth_comparing(run& current, const run_session& session, const planned_messages& missing,
                                 const std::vector<ledger::held_content>& candidates)
{
    planned_messages messages;
    std::ranges::copy_if(missing, std::back_inserter(messages), [&](const planned_message* planned) {
        const std::uint64_t octets = current.known.find(session.record_name(*planned))->octets;
        return std::ranges::any_of(candidates, [&](const ledger::held_content& candidate) {
            return may_be_same(octets, candidate);
        });
    });
    return messages;
}

/// The name under which the ledger remembers what was compared in vain.
constexpr std::string_view compared_in_vain = "changed-copies-compared";

/// Of which messages were held against which candidates. Names may hold any octet, so hashes stand for them.
std::string fingerprint_of(const run_session& session, const planned_messages& messages,
                           const std::vector<ledger::held_content>& candidates)
{
    ledger::content_hasher hasher;
    for (const planned_message* planned : messages)
        hasher.add(ledger::hash_of(session.record_name(*planned)).view());
    hasher.add("in");
    for (const ledger::held_content& held : candidates) hasher.add(ledger::hash_of(held.second.key).view());
    return hasher.finish().text();
}

} // namespace

run_step find_changed_copies(run& current, run_session& session, const planned_messages& missing)
{
    if (missing.empty()) return {};
    ledger::ledger& book = current.inputs.parts.book;
    const std::string& account = current.inputs.account.name;
    const auto candidates = without_record(current);
    if (!candidates) return of_ours(base::fail(candidates.error()));
    const planned_messages messages = worth_comparing(current, session, missing, *candidates);
    if (messages.empty()) return {};
    const std::string fingerprint = fingerprint_of(session, messages, *candidates);
    const auto before = book.recall(account, compared_in_vain);
    if (!before) return of_ours(base::fail(before.error()));
    if (*before == fingerprint) return {};
    const auto served = served_messages(session, messages);
    if (!served) return std::unexpected(served.error());
    bool in_vain = served->size() == messages.size();
    for (const planned_message* planned : messages) {
        const auto shown = served->find(planned->message.number);
        if (shown == served->end()) continue;
        ledger::message_record& known = *current.known.find(session.record_name(*planned));
        const auto place = place_of(current, shown->second, known.octets, *candidates);
        if (!place) return of_ours(base::fail(place.error()));
        if (*place == nullptr) continue;
        in_vain = false;
        if (known.hash)
            if (auto kept = of_ours(book.copy_tags(account, *known.hash, (*place)->first)); !kept)
                return kept;
        known.hash = (*place)->first;
        known.octets = (*place)->second.octets;
        known.adopted = known.second_copy = false;
        if (auto moved = of_ours(ledger::move_record(book, known, (*place)->second.key)); !moved)
            return moved;
        session.fetched.insert(planned->name);
        current.report.counted.settle(planned->name, tally::outcome::stored_before);
    }
    return in_vain ? of_ours(book.remember(account, compared_in_vain, fingerprint)) : run_step{};
}

} // namespace archive
