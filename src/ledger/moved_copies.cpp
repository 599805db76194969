// Kept messages found again under another key.
#include "ledger/moved_copies.hpp"

#include "ledger/verify.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace ledger {

namespace {

base::result<bool> is_gone(store::collection& mail, const std::string& key)
{
    if (key.empty()) return true;
    const auto kept = mail.find(key);
    if (kept) return false;
    if (kept.error().kind == base::failure::vanished) return true;
    return base::fail(kept.error());
}

/// The record with its content where it lies now, durably.
base::result<> place_record(ledger& book, message_record& moved, const std::string& key)
{
    moved.note =
        (moved.key.empty() ? "it is here again: kept as " : "another program moved it: kept as ") + key;
    moved.key = key;
    return book.record({&moved, 1});
}

/// The keys of this content's other copies whose file is gone.
base::result<std::vector<std::string>> left_keys(ledger& book, store::collection& mail,
                                                 const held_content& found)
{
    const auto& [hash, copy] = found;
    auto places = book.copies(hash, copy.account);
    if (!places) return base::fail(places.error());
    std::vector<std::string> left;
    for (const stored_copy& place : *places) {
        if (place.account != copy.account || place.key == copy.key) continue;
        const auto gone = is_gone(mail, place.key);
        if (!gone) return base::fail(gone.error());
        if (*gone) left.push_back(place.key);
    }
    return left;
}

/// How many records have their copy there now that had none.
base::result<std::uint64_t> place_records(ledger& book, store::collection& mail, const held_content& found)
{
    const auto& [hash, copy] = found;
    auto records = book.records_with_hash(hash);
    if (!records) return base::fail(records.error());
    std::uint64_t placed = 0;
    for (message_record& record : *records) {
        if (record.account != copy.account || record.key == copy.key || record.stage < stage::stored)
            continue;
        const auto gone = is_gone(mail, record.key);
        if (!gone) return base::fail(gone.error());
        if (!*gone) continue;
        record.verified = false;
        if (auto done = place_record(book, record, copy.key); !done) return base::fail(done.error());
        ++placed;
    }
    return placed;
}

} // namespace

base::result<> move_record(ledger& book, message_record& moved, const std::string& key)
{
    const std::string before = moved.key;
    if (auto placed = place_record(book, moved, key); !placed) return placed;
    return before.empty() ? base::result<>() : book.forget_copy(moved.account, before);
}

base::result<std::uint64_t> follow_moved(ledger& book, store::collection& mail,
                                         const std::vector<held_content>& found)
{
    std::uint64_t followed = 0;
    for (const held_content& held : found) {
        const auto left = left_keys(book, mail, held);
        if (!left) return base::fail(left.error());
        const auto placed = place_records(book, mail, held);
        if (!placed) return base::fail(placed.error());
        // Only now: until then the old stored copy is what tells of the loss.
        for (const std::string& key : *left)
            if (auto done = book.forget_copy(held.second.account, key); !done)
                return base::fail(done.error());
        followed += std::max<std::uint64_t>(left->size(), *placed > 0 ? 1 : 0);
    }
    return followed;
}

base::result<std::optional<stored_copy>> other_place(ledger& book, const std::string& account,
                                                     store::collection& mail, const content_hash& hash,
                                                     const std::string& key)
{
    const auto places = book.copies(hash, account);
    if (!places) return base::fail(places.error());
    for (const stored_copy& place : *places) {
        if (place.account != account || place.key == key) continue;
        const auto found = hash_kept(mail, account, place.key);
        if (found && found->first == hash) return place;
    }
    return std::nullopt;
}

base::result<std::uint64_t> follow_missing(ledger& book, const std::string& account, store::collection& mail,
                                           const std::set<std::string>& missing)
{
    std::map<std::string, content_hash> held; // by key
    if (!missing.empty())
        if (auto done = book.each_copy(account,
                                       [&](const stored_copy& copy, const content_hash& hash) {
                                           if (missing.contains(copy.key)) held.emplace(copy.key, hash);
                                       });
            !done)
            return base::fail(done.error());
    std::vector<held_content> found;
    for (const auto& [key, hash] : held) {
        auto place = other_place(book, account, mail, hash, key);
        if (!place) return base::fail(place.error());
        if (*place) found.emplace_back(hash, std::move(**place));
    }
    return follow_moved(book, mail, found);
}

} // namespace ledger
