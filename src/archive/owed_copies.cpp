// The hashes stand in one memory of the account.
#include "archive/owed_copies.hpp"

#include "archive/group.hpp"
#include "base/encoding.hpp"

#include <algorithm>

namespace archive {

namespace {

constexpr std::string_view owed_name = "owed-copies"; // hashes, one behind the other
constexpr std::size_t owed_digits = 64;               // of each

std::set<ledger::content_hash> read_owed(std::string_view text)
{
    std::set<ledger::content_hash> out;
    for (; text.size() >= owed_digits; text.remove_prefix(owed_digits))
        if (const auto hash =
                ledger::content_hash::from_octets(base::from_hex(text.substr(0, owed_digits)).value_or("")))
            out.insert(*hash);
    return out;
}

/// Whether the disk has room still.
base::result<bool> copy_owed(run& current, const ledger::content_hash& hash)
{
    auto records = current.inputs.parts.book.records_with_hash(hash);
    if (!records) return base::fail(records.error());
    std::erase_if(*records, [&](const ledger::message_record& record) {
        return record.account != current.inputs.account.name || record.key.empty() || record.second_copy;
    });
    if (records->empty()) return true; // verify copied it, or it is here no more
    for (ledger::message_record& record : *records) {
        auto copied = prove_second_copy(current, record);
        if (copied) continue;
        const auto kind = copied.error().kind;
        // What is gone or damaged here is for verify to tell.
        if (kind != base::failure::vanished && kind != base::failure::malformed)
            current.report.note_uncopied(hash, copied.error());
        return kind != base::failure::no_space;
    }
    if (auto recorded = current.inputs.parts.book.record(*records); !recorded)
        return base::fail(recorded.error());
    return true;
}

} // namespace

base::result<> copy_what_is_owed(run& current)
{
    if (current.inputs.wish.dry_run || current.inputs.parts.second_copy == nullptr) return {};
    const auto text = current.inputs.parts.book.recall(current.inputs.account.name, owed_name);
    if (!text) return base::fail(text.error());
    bool room = true;
    for (const ledger::content_hash& hash : read_owed(text->value_or(""))) {
        if (!room) {
            current.report.uncopied.insert(hash); // for the reason that is noted already
            continue;
        }
        const auto went = copy_owed(current, hash);
        if (!went) return base::fail(went.error());
        room = *went;
    }
    return {};
}

base::result<> note_what_is_owed(const run& current)
{
    if (current.inputs.wish.dry_run || current.inputs.parts.second_copy == nullptr) return {};
    std::string now;
    for (const ledger::content_hash& hash : current.report.uncopied) now += hash.text();
    const auto before = current.inputs.parts.book.recall(current.inputs.account.name, owed_name);
    if (!before) return base::fail(before.error());
    if (before->value_or("") == now) return {};
    return current.inputs.parts.book.remember(current.inputs.account.name, owed_name, now);
}

} // namespace archive
