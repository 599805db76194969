// Lives: found, told and recorded.
#include "ledger/ledger.hpp"

#include "ledger/ledger_rows.hpp"
#include "ledger/unique_id_journal.hpp"

#include <map>
#include <set>

namespace ledger {

namespace {

constexpr std::int64_t first_happenings_kept = 10;
constexpr std::int64_t last_happenings_kept = 100;

std::optional<std::string> proof_if(bool given, std::string_view word, const message_record& record)
{
    if (!given) return std::nullopt;
    return proof_of(word, record);
}

void bind_record(statement& row, const message_record& record)
{
    row.bind(1, record.account).bind_octets(2, record.unique_id).bind(3, name_of(record.stage));
    if (record.hash)
        row.bind_octets(4, record.hash->view());
    else
        row.bind_null(4);
    row.bind_octets(5, record.key).bind(6, static_cast<std::int64_t>(record.octets));
    bind_octets_or_null(row, 7, record.header_hash);
    row.bind(8, to_row(record.first_listed));
    bind_or_null(row, 9, record.stored_at);
    bind_or_null(row, 10, record.message_date);
    row.bind(11, std::int64_t{record.failures}).bind(12, record.note);
    row.bind(13, std::int64_t{record.taken_over});
    bind_octets_or_null(row, 14, proof_if(record.verified, "verified", record));
    bind_octets_or_null(row, 15, proof_if(record.second_copy, "second copy", record));
    // Whatever stands there takes the leave to delete away; no single bit that turns makes it NULL.
    bind_octets_or_null(row, 16, record.adopted ? std::optional<std::string>("by its header") : std::nullopt);
    if (record.listed_octets)
        row.bind(17, static_cast<std::int64_t>(*record.listed_octets));
    else
        row.bind_null(17);
    row.bind(18, std::int64_t{record.size_changes});
}

/// The number in the one row that a RETURNING gives.
base::result<std::int64_t> returned(statement& rows)
{
    const reset_at_end guard(rows);
    auto row = rows.step();
    if (!row) return base::fail(row.error());
    const std::int64_t number = rows.integer(0);
    if (auto rest = rows.step(); !rest) return base::fail(rest.error()); // done only after the last row
    return number;
}

} // namespace

ledger::ledger(disk::file_system& files, std::unique_ptr<database> file, const std::string& path,
               bool journalled, const base::clock& clock)
    : files_(files),
      file_(std::move(file)),
      prepared_(std::make_unique<statements>(*file_)),
      sound_(files, path),
      folder_(folder_of(path)),
      journalled_(journalled),
      clock_(clock)
{
}

ledger::~ledger()
{
    const bool damaged = file_->met_damage();
    prepared_.reset();
    file_.reset();
    damaged ? sound_.doubted() : sound_.closed();
}

base::result<std::unique_ptr<ledger>> ledger::open(const own_disk& disk, const std::string& path,
                                                   const database_key& key, const base::clock& clock,
                                                   reading read)
{
    const shutdown_marker sound(disk.files, path);
    // Looked at before SQLite makes its own files beside it.
    const bool known = read == reading::known ? sound.stands(clock.now()) : sound.holds(clock.now());
    auto file = database::open(disk, path, durability::full, key);
    if (!file) return base::fail(file.error());
    if (!known)
        if (auto good = (*file)->check(); !good) {
            sound.doubted();
            return base::fail(good.error());
        }
    if (auto good = prepare_ledger_schema(**file); !good) {
        sound.doubted();
        return base::fail(good.error());
    }
    if (!known) sound.read_through(clock.now());
    std::unique_ptr<ledger> opened(new ledger(disk.files, std::move(*file), path, !key.has_value(), clock));
    if (opened->journalled_)
        if (auto agreed = opened->agree_with_journals(); !agreed) return base::fail(agreed.error());
    return opened;
}

base::result<std::optional<message_record>> ledger::find(std::string_view account, std::string_view unique_id)
{
    statement& find = prepared_->find;
    const reset_at_end guard(find);
    find.bind(1, account).bind_octets(2, unique_id);
    auto row = find.step();
    if (!row) return base::fail(row.error());
    if (!*row) return std::nullopt;
    return read_record(find);
}

base::result<> ledger::for_each_record(std::string_view account,
                                       const std::function<void(const message_record&)>& tell)
{
    statement rows(*file_, select_records("WHERE account = ? ORDER BY number"));
    rows.bind(1, account);
    return each_record(rows, tell);
}

base::result<std::uint64_t> ledger::count(std::string_view account)
{
    statement& count = prepared_->count;
    const reset_at_end guard(count);
    count.bind(1, account);
    if (auto row = count.step(); !row) return base::fail(row.error());
    return static_cast<std::uint64_t>(count.integer(0));
}

base::result<bool> ledger::has_copies(std::string_view account)
{
    statement asked(*file_, "SELECT 1 FROM holdings WHERE account = ? LIMIT 1");
    return asked.bind(1, account).step();
}

base::result<std::vector<message_record>> ledger::records_with_hash(const content_hash& hash)
{
    statement& some = prepared_->with_hash;
    const reset_at_end guard(some);
    some.bind_octets(1, hash.view());
    std::vector<message_record> found;
    if (auto done = each_record(some, [&](const message_record& record) { found.push_back(record); }); !done)
        return base::fail(done.error());
    return found;
}

base::result<std::vector<message_record>> ledger::records_at(std::string_view account, std::string_view key)
{
    // By way of the hash, which has an index.
    statement some(*file_,
                   select_records("WHERE account = ?1 AND key = ?2 AND hash = (SELECT hash FROM holdings "
                                  "WHERE account = ?1 AND key = ?2) ORDER BY number"));
    some.bind(1, account).bind_octets(2, key);
    std::vector<message_record> found;
    if (auto done = each_record(some, [&](const message_record& record) { found.push_back(record); }); !done)
        return base::fail(done.error());
    return found;
}

base::result<> ledger::record(std::span<const message_record> records)
{
    if (records.empty()) return {};
    transaction change(*file_);
    if (auto begun = change.begun(); !begun) return begun;
    std::map<std::string, std::string> lines; // of the journals, by account
    for (const message_record& record : records) {
        auto line = line_for(record);
        if (!line) return base::fail(line.error());
        lines[record.account] += *line;
        if (auto written = write(record); !written) return written;
    }
    for (const auto& [account, text] : lines) {
        if (auto written = write_lines(account, text); !written) return written;
        if (auto forgotten = unsettle(account); !forgotten) return forgotten;
    }
    return change.commit();
}

base::result<> ledger::write(const message_record& record)
{
    bind_record(prepared_->insert, record);
    auto number = returned(prepared_->insert);
    if (!number) return base::fail(number.error());
    if (record.hash && !record.key.empty())
        if (auto held =
                write_copy({record.account, record.key, record.octets, record.header_hash}, *record.hash);
            !held)
            return held;
    statement& event = prepared_->insert_event;
    event.bind(1, *number).bind(2, to_row(clock_.now())).bind(3, name_of(record.stage)).bind(4, record.note);
    auto ordinal = returned(event);
    if (!ordinal) return base::fail(ordinal.error());
    const std::int64_t too_old = *ordinal - last_happenings_kept;
    if (too_old <= first_happenings_kept) return {};
    return prepared_->trim_events.bind(1, *number).bind(2, too_old).run();
}

base::result<std::vector<event>> ledger::history(std::string_view account, std::string_view unique_id)
{
    statement rows(*file_, "SELECT at, happenings.stage, text FROM happenings JOIN lives ON life = number"
                           " WHERE account = ? AND unique_id = ? ORDER BY ordinal");
    rows.bind(1, account).bind_octets(2, unique_id);
    std::vector<event> history;
    for (;;) {
        auto row = rows.step();
        if (!row) return base::fail(row.error());
        if (!*row) return history;
        const auto stage = stage_named(rows.text(1));
        if (stage) history.push_back({from_row(rows.integer(0)), *stage, std::string(rows.text(2))});
    }
}

base::result<> ledger::doubt(std::string_view account)
{
    statement forget(*file_, "UPDATE lives SET verified = NULL, second_copy = NULL WHERE account = ?"
                             " AND (verified IS NOT NULL OR second_copy IS NOT NULL)");
    if (auto done = forget.bind(1, account).run(); !done) return done;
    statement clear(*file_, "DELETE FROM memories WHERE account = ?1 AND name IN (?2, ?3)");
    if (auto done = clear.bind(1, account).bind(2, copy_verified_name).bind(3, copied_imports_name).run();
        !done)
        return done;
    return remember(account, unshown_name, nothing_shown);
}

base::result<> ledger::note_second_copies(std::string_view account, const std::set<content_hash>& hashes)
{
    std::vector<message_record> wrong;
    auto listed = for_each_record(account, [&](const message_record& entry) {
        const bool lies_there = entry.hash && !entry.key.empty() && hashes.contains(*entry.hash);
        if (entry.second_copy != lies_there) wrong.push_back(entry);
    });
    if (!listed || wrong.empty()) return listed;
    transaction change(*file_);
    if (auto begun = change.begun(); !begun) return begun;
    statement note(*file_, "UPDATE lives SET second_copy = ?3 WHERE account = ?1 AND unique_id = ?2");
    for (const message_record& record : wrong) {
        note.bind(1, record.account).bind_octets(2, record.unique_id);
        bind_octets_or_null(note, 3, proof_if(!record.second_copy, "second copy", record));
        if (auto done = note.run(); !done) return done;
    }
    return change.commit();
}

// How the ledger and the journals beside it keep each other whole.
//
// A line is written before the commit that it belongs to, both under SQLite's write lock, and the commit notes how
// long the file was then. So a file that is longer than noted holds news: the commit failed, or an old ledger was
// put back. One that is shorter was itself lost or put back.

namespace {

/// Stages in which a server's message needs no fetching.
bool is_kept(stage stage)
{
    return stage >= stage::stored;
}

std::optional<journal_entry> entry_for(const message_record& record)
{
    using verb = journal_entry::verb;
    if (is_kept(record.stage) && record.hash)
        return journal_entry{.says = record.adopted ? verb::matched : verb::has,
                             .unique_id = record.unique_id,
                             .key = record.key,
                             .hash = record.hash,
                             .octets = record.octets,
                             .time = record.stored_at.value_or(record.first_listed)};
    if (is_kept(record.stage) && record.taken_over)
        return journal_entry{.says = verb::known,
                             .unique_id = record.unique_id,
                             .time = record.stored_at.value_or(record.first_listed)};
    return std::nullopt;
}

} // namespace

base::result<std::string> ledger::line_for(const message_record& record)
{
    auto before = find(record.account, record.unique_id);
    if (!before) return base::fail(before.error());
    const auto entry = entry_for(record);
    const auto old = *before ? entry_for(**before) : std::nullopt;
    if (entry && old && entry->says == old->says && entry->hash == old->hash && entry->key == old->key)
        return std::string();
    if (entry) return format(*entry);
    if (old)
        return format(
            {.says = journal_entry::verb::again, .unique_id = record.unique_id, .time = clock_.now()});
    return std::string();
}

base::result<> ledger::write_lines(std::string_view account, std::string_view lines)
{
    if (lines.empty() || !journalled_) return {};
    auto octets = unique_id_journal(files_, folder_, account).append(lines);
    if (!octets) return base::fail(octets.error());
    return note_journal(account, *octets);
}

base::result<> ledger::note_journal(std::string_view account, std::uint64_t octets)
{
    return prepared_->insert_journal.bind(1, account).bind(2, static_cast<std::int64_t>(octets)).run();
}

base::result<std::uint64_t> ledger::noted_octets(std::string_view account)
{
    statement asked(*file_, "SELECT octets FROM journals WHERE account = ?");
    auto row = asked.bind(1, account).step();
    if (!row) return base::fail(row.error());
    return *row ? static_cast<std::uint64_t>(asked.integer(0)) : 0;
}

base::result<> ledger::agree_with_journals()
{
    std::set<std::string> accounts;
    auto directory = files_.open(folder_);
    if (!directory) return base::fail(directory.error());
    auto listed = (*directory)->list([&](std::string_view name) {
        if (auto account = unique_id_journal::account_of(name)) accounts.insert(std::move(*account));
    });
    if (!listed) return listed;
    statement noted(*file_, "SELECT account FROM journals");
    for (;;) {
        auto row = noted.step();
        if (!row) return base::fail(row.error());
        if (!*row) break;
        accounts.emplace(noted.text(0));
    }
    for (const std::string& account : accounts)
        if (auto good = agree_with_journal(account); !good) return good;
    return {};
}

base::result<> ledger::agree_with_journal(const std::string& account)
{
    const auto differ = [&]() -> base::result<bool> {
        auto noted = noted_octets(account);
        if (!noted) return base::fail(noted.error());
        auto journal_octets = unique_id_journal(files_, folder_, account).octets();
        if (!journal_octets) return base::fail(journal_octets.error());
        return *noted != *journal_octets;
    };
    auto different = differ();
    if (!different) return base::fail(different.error());
    if (!*different) return {};
    transaction change(*file_);
    if (auto begun = change.begun(); !begun) return begun;
    different = differ(); // again: another program may have been between its line and its commit
    if (!different) return base::fail(different.error());
    if (!*different) return {};
    if (auto taken = take_from_journal(account); !taken) return taken;
    return change.commit();
}

base::result<> ledger::take_from_journal(const std::string& account)
{
    unique_id_journal journal(files_, folder_, account);
    auto noted = noted_octets(account);
    auto journal_octets = journal.octets();
    if (!noted || !journal_octets) return base::fail(!noted ? noted.error() : journal_octets.error());
    if (*journal_octets < *noted) return write_all_lines(account);
    auto news = journal.read(*noted);
    if (!news) return base::fail(news.error());
    base::result<> taken;
    bool tagged = false;
    each_journal_entry(*news, [&](journal_entry&& entry) {
        tagged = tagged || entry.says == journal_entry::verb::tagged;
        if (taken) taken = take(account, entry);
    });
    if (taken && tagged) taken = note_tags_change();
    if (!taken) return taken;
    // What this ledger says of verification may be from before a message was removed: it is done again.
    if (auto done = doubt(account); !done) return done;
    if (auto done = unsettle(account); !done) return done;
    return note_journal(account, *journal_octets);
}

base::result<> ledger::take(const std::string& account, const journal_entry& entry)
{
    using verb = journal_entry::verb;
    if (entry.says == verb::gone) {
        auto forgotten = write_forgotten(account, entry.key);
        return forgotten ? base::result<>() : base::fail(forgotten.error());
    }
    if (entry.says == verb::tagged)
        return entry.hash ? write_tags(account, *entry.hash, entry.tags) : base::result<>();
    auto before = find(account, entry.unique_id);
    if (!before) return base::fail(before.error());
    message_record record;
    record.account = account;
    record.unique_id = entry.unique_id;
    record.first_listed = entry.time;
    if (*before) record = **before;
    if (entry.says == verb::again && !*before) return {};
    if (entry.says == verb::known && *before) return {};
    const bool kept = entry.says == verb::has || entry.says == verb::matched;
    if (kept && record.hash == entry.hash && record.key == entry.key && is_kept(record.stage) &&
        record.adopted == (entry.says == verb::matched))
        return {};
    record.stage = entry.says == verb::again ? stage::listed : stage::stored;
    record.hash = entry.hash;
    record.key = entry.key;
    record.octets = entry.octets;
    record.header_hash.reset();
    record.stored_at.reset();
    if (kept) record.stored_at = entry.time;
    record.adopted = entry.says == verb::matched;
    record.listed_octets.reset();
    record.taken_over = record.taken_over || entry.says == verb::known;
    record.verified = record.second_copy = false;
    record.note = "found in the journal; the ledger had lost it";
    return write(record);
}

base::result<> ledger::write_all_lines(const std::string& account)
{
    std::string lines;
    auto done = for_each_record(account, [&](const message_record& record) {
        if (const auto entry = entry_for(record)) lines += format(*entry);
    });
    if (!done) return done;
    auto tags = lines_of_tags(account);
    if (!tags) return base::fail(tags.error());
    lines += *tags;
    if (lines.empty()) return note_journal(account, 0);
    return write_lines(account, lines);
}

} // namespace ledger
