// What the ledger knows besides records: what lies where, tags, which targets took a message, how runs ended, values.

#include "base/encoding.hpp"
#include "base/random.hpp"
#include "ledger/ledger.hpp"
#include "ledger/ledger_rows.hpp"
#include "ledger/no_op_run.hpp"
#include "ledger/unique_id_journal.hpp"

#include <algorithm>

namespace ledger {

namespace {

// Among the memories.
constexpr std::string_view settled_name = "settled-listing";
constexpr std::string_view unread_name = "mail-is-unread"; // of no account; ledger_rows.cpp writes it

/// A row of: account, key, octets, header_hash, hash.
base::result<held_content> read_copy(const statement& rows)
{
    const auto hash = content_hash::from_octets(rows.text(4));
    if (!hash)
        return base::fail({.kind = base::failure::malformed,
                           .temporary = false,
                           .peer_text = "the ledger is damaged",
                           .operator_text = "the ledger holds a hash of a wrong length"});
    stored_copy read{std::string(rows.text(0)), std::string(rows.text(1)),
                     static_cast<std::uint64_t>(rows.integer(2)), std::nullopt};
    if (!rows.is_null(3)) read.header_hash = rows.text(3);
    return held_content{*hash, std::move(read)};
}

base::result<> each_row(statement& rows, const std::function<void(held_content&&)>& tell)
{
    for (;;) {
        auto row = rows.step();
        if (!row) return base::fail(row.error());
        if (!*row) return {};
        auto read = read_copy(rows);
        if (!read) return base::fail(read.error());
        tell(std::move(*read));
    }
}

} // namespace

base::result<std::vector<stored_copy>> ledger::copies(const content_hash& hash, std::string_view account)
{
    statement& asked = prepared_->copies;
    const reset_at_end guard(asked);
    asked.bind_octets(1, hash.view()).bind(2, account);
    std::vector<stored_copy> found;
    auto done = each_row(asked, [&](held_content&& held) { found.push_back(std::move(held.second)); });
    if (!done) return base::fail(done.error());
    return found;
}

base::result<std::vector<held_content>> ledger::copies_by_header(std::string_view header_hash)
{
    statement& asked = prepared_->copies_by_header;
    const reset_at_end guard(asked);
    asked.bind_octets(1, header_hash);
    std::vector<held_content> found;
    auto done = each_row(asked, [&](held_content&& held) { found.push_back(std::move(held)); });
    if (!done) return base::fail(done.error());
    return found;
}

base::result<> ledger::each_copy(std::string_view account,
                                 const std::function<void(const stored_copy&, const content_hash&)>& tell)
{
    statement rows(*file_, "SELECT account, key, octets, header_hash, hash FROM holdings WHERE account = ?"
                           " ORDER BY key");
    rows.bind(1, account);
    return each_row(rows, [&](held_content&& held) { tell(held.second, held.first); });
}

base::result<> ledger::record_copies(std::span<const held_content> contents)
{
    if (contents.empty()) return {};
    transaction change(*file_);
    if (auto begun = change.begun(); !begun) return begun;
    for (const auto& [hash, copy] : contents)
        if (auto written = write_copy(copy, hash); !written) return written;
    return change.commit();
}

base::result<> ledger::write_copy(const stored_copy& copy, const content_hash& hash)
{
    statement& insert = prepared_->insert_copy;
    insert.bind(1, copy.account).bind_octets(2, copy.key).bind_octets(3, hash.view());
    insert.bind(4, static_cast<std::int64_t>(copy.octets));
    bind_octets_or_null(insert, 5, copy.header_hash);
    return insert.run();
}

base::result<> ledger::forget_copy(std::string_view account, std::string_view key)
{
    transaction change(*file_);
    if (auto begun = change.begun(); !begun) return begun;
    auto was_there = write_forgotten(account, key);
    if (!was_there) return base::fail(was_there.error());
    if (!*was_there) return {};
    const journal_entry gone{
        .says = journal_entry::verb::gone, .key = std::string(key), .time = clock_.now()};
    if (auto written = write_lines(account, format(gone)); !written) return written;
    return change.commit();
}

base::result<bool> ledger::write_forgotten(std::string_view account, std::string_view key)
{
    statement& find = prepared_->find_copy;
    std::string hash;
    {
        const reset_at_end guard(find);
        auto row = find.bind(1, account).bind_octets(2, key).step();
        if (!row) return base::fail(row.error());
        if (!*row) return false;
        hash = find.text(0);
    }
    if (auto freed = prepared_->forget_key.bind_octets(1, hash).bind(2, account).bind_octets(3, key).run();
        !freed)
        return base::fail(freed.error());
    auto deleted = prepared_->delete_copy.bind(1, account).bind_octets(2, key).run();
    if (!deleted) return base::fail(deleted.error());
    return true;
}

base::result<std::vector<std::string>> ledger::accounts()
{
    statement asked(*file_, "SELECT account FROM lives UNION SELECT account FROM holdings"
                            " UNION SELECT account FROM runs ORDER BY account");
    std::vector<std::string> found;
    for (;;) {
        auto row = asked.step();
        if (!row) return base::fail(row.error());
        if (!*row) return found;
        found.emplace_back(asked.text(0));
    }
}

base::result<> ledger::record_run(std::string_view account, const run_note& note)
{
    // A note of later than now is of a clock that was wrong: the last run is the one that ended last.
    const no_op_run_file beside(files_, folder_, account);
    if (const auto quiet = beside.read(); quiet && quiet->when > note.when) beside.remove();
    return prepared_->insert_run.bind(1, account)
        .bind(2, to_row(note.when))
        .bind(3, std::int64_t{note.well})
        .bind(4, note.text)
        .run();
}

base::result<> ledger::record_no_op_run(std::string_view account, const run_note& note)
{
    // The first one is recorded, for accounts() tells of those that have runs. Beside an encrypted ledger no text lies.
    auto before = recorded_run(account);
    if (!before) return base::fail(before.error());
    const bool follows = *before && (*before)->when <= note.when;
    if (follows && journalled_ && no_op_run_file(files_, folder_, account).write({note.when, note.text}))
        return {};
    return record_run(account, note);
}

base::result<std::optional<run_note>> ledger::last_run(std::string_view account)
{
    auto recorded = recorded_run(account);
    if (!recorded || !*recorded) return recorded;
    const auto quiet = no_op_run_file(files_, folder_, account).read();
    if (!quiet) return recorded;
    run_note& note = **recorded;
    if (quiet->when > note.when) note = {quiet->when, true, quiet->text, note.last_well};
    note.last_well = std::max(note.last_well, std::optional(quiet->when));
    return recorded;
}

base::result<std::optional<run_note>> ledger::recorded_run(std::string_view account)
{
    statement& asked = prepared_->last_run;
    const reset_at_end guard(asked);
    auto row = asked.bind(1, account).step();
    if (!row) return base::fail(row.error());
    if (!*row) return std::nullopt;
    run_note note{from_row(asked.integer(0)), asked.integer(1) != 0, std::string(asked.text(2)),
                  std::nullopt};
    if (!asked.is_null(3)) note.last_well = from_row(asked.integer(3));
    return note;
}

base::result<std::optional<base::wall_time>> ledger::newest_stored(std::string_view account)
{
    statement asked(*file_, "SELECT max(stored_at) FROM lives WHERE account = ?");
    auto row = asked.bind(1, account).step();
    if (!row) return base::fail(row.error());
    if (!*row || asked.is_null(0)) return std::nullopt;
    return from_row(asked.integer(0));
}

base::result<> ledger::remember(std::string_view account, std::string_view name, std::string_view value)
{
    auto before = recall(account, name);
    if (!before) return base::fail(before.error());
    if (*before == value) return {};
    return prepared_->remember.bind(1, account).bind(2, name).bind(3, value).run();
}

base::result<bool> ledger::mail_is_unread()
{
    const auto noted = recall("", unread_name);
    if (!noted) return base::fail(noted.error());
    return *noted == "yes";
}

base::result<> ledger::mail_was_read()
{
    return remember("", unread_name, "no");
}

base::result<> ledger::settle(std::string_view account, const content_hash& listing)
{
    return remember(account, settled_name, listing.text());
}

base::result<std::optional<content_hash>> ledger::settled(std::string_view account)
{
    const auto text = recall(account, settled_name);
    if (!text) return base::fail(text.error());
    if (!*text) return std::nullopt;
    return content_hash::from_octets(base::from_hex(**text).value_or(""));
}

base::result<> ledger::unsettle(std::string_view account)
{
    return prepared_->forget.bind(1, account).bind(2, settled_name).run();
}

base::result<std::optional<std::string>> ledger::recall(std::string_view account, std::string_view name)
{
    statement& asked = prepared_->recall;
    const reset_at_end guard(asked);
    auto row = asked.bind(1, account).bind(2, name).step();
    if (!row) return base::fail(row.error());
    if (!*row) return std::nullopt;
    return std::string(asked.text(0));
}

namespace {

/// A memory's name.
std::string taken_name(const content_hash& hash)
{
    return "taken " + hash.text();
}

/// Addresses and commands are as long as a person makes them.
std::string target_line(std::string_view target)
{
    return hash_of(target).text() + "\n";
}

} // namespace

base::result<> ledger::note_taken(std::string_view account, const content_hash& hash, std::string_view target)
{
    const auto before = recall(account, taken_name(hash));
    if (!before) return base::fail(before.error());
    const std::string lines = before->value_or("");
    const std::string line = target_line(target);
    if (lines.contains(line)) return {};
    return remember(account, taken_name(hash), lines + line);
}

base::result<bool> ledger::was_taken(std::string_view account, const content_hash& hash,
                                     std::string_view target)
{
    const auto lines = recall(account, taken_name(hash));
    if (!lines) return base::fail(lines.error());
    return lines->value_or("").contains(target_line(target));
}

base::result<> ledger::forget_taken(std::string_view account, std::span<const content_hash> hashes)
{
    if (hashes.empty()) return {};
    transaction change(*file_);
    if (auto begun = change.begun(); !begun) return begun;
    for (const content_hash& hash : hashes)
        if (auto done = prepared_->forget.bind(1, account).bind(2, taken_name(hash)).run(); !done)
            return done;
    return change.commit();
}

namespace {

constexpr std::string_view tags_memory = "tags-state"; // of no account
constexpr std::size_t state_octets = 8;

} // namespace

base::result<std::string> ledger::tags_of(std::string_view account, const content_hash& hash)
{
    statement& find = prepared_->find_tags;
    const reset_at_end guard(find);
    auto row = find.bind(1, account).bind_octets(2, hash.view()).step();
    if (!row) return base::fail(row.error());
    return *row ? std::string(find.text(0)) : std::string();
}

base::result<> ledger::write_tags(std::string_view account, const content_hash& hash, std::string_view tags)
{
    if (tags.empty()) return prepared_->delete_tags.bind(1, account).bind_octets(2, hash.view()).run();
    return prepared_->insert_tags.bind(1, account).bind_octets(2, hash.view()).bind(3, tags).run();
}

base::result<> ledger::note_tags_change()
{
    const std::string state = base::to_hex(base::system_random().octets(state_octets));
    if (auto noted = remember("", tags_memory, state); !noted) return noted;
    auto folder = files_.open(folder_);
    if (!folder) return base::fail(folder.error());
    return disk::replace_whole(**folder, tags_state_name, state);
}

base::result<> ledger::tag(std::span<const tagging> taggings)
{
    transaction change(*file_);
    if (auto begun = change.begun(); !begun) return begun;
    std::map<std::string, std::string> lines; // of the journals, by account
    for (const tagging& entry : taggings) {
        const auto before = tags_of(entry.account, entry.hash);
        if (!before) return base::fail(before.error());
        const std::string after = changed_tags(*before, entry.change);
        if (after == *before) continue;
        if (auto written = write_tags(entry.account, entry.hash, after); !written) return written;
        lines[entry.account] += format(
            {.says = journal_entry::verb::tagged, .tags = after, .hash = entry.hash, .time = clock_.now()});
    }
    if (lines.empty()) return {};
    for (const auto& [account, text] : lines)
        if (auto written = write_lines(account, text); !written) return written;
    if (auto noted = note_tags_change(); !noted) return noted;
    return change.commit();
}

base::result<> ledger::copy_tags(std::string_view account, const content_hash& from, const content_hash& to)
{
    const auto tags = tags_of(account, from);
    if (!tags) return base::fail(tags.error());
    if (tags->empty()) return {};
    const tagging copied{.account = std::string(account), .hash = to, .change = {.added = tags_in(*tags)}};
    return tag({&copied, 1});
}

base::result<> ledger::each_tagged(
    const std::function<void(std::string_view account, const content_hash&, std::string_view)>& tell)
{
    statement rows(*file_, "SELECT account, hash, tags FROM tags ORDER BY account, hash");
    for (;;) {
        auto row = rows.step();
        if (!row) return base::fail(row.error());
        if (!*row) return {};
        if (const auto hash = content_hash::from_octets(rows.text(1)))
            tell(rows.text(0), *hash, rows.text(2));
    }
}

base::result<std::string> ledger::tags_state()
{
    const auto noted = recall("", tags_memory);
    if (!noted) return base::fail(noted.error());
    return noted->value_or("");
}

base::result<std::string> ledger::lines_of_tags(std::string_view account)
{
    std::string lines;
    auto done = each_tagged([&](std::string_view owner, const content_hash& hash, std::string_view tags) {
        if (owner == account)
            lines += format({.says = journal_entry::verb::tagged,
                             .tags = std::string(tags),
                             .hash = hash,
                             .time = clock_.now()});
    });
    if (!done) return base::fail(done.error());
    return lines;
}

} // namespace ledger
