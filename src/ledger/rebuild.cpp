// The copies of an account, made to agree with its mail.
#include "ledger/rebuild.hpp"

#include "ledger/database.hpp"
#include "ledger/header_hash.hpp"
#include "ledger/ledger_rows.hpp"
#include "ledger/moved_copies.hpp"
#include "ledger/named_length.hpp"
#include "ledger/unique_id_journal.hpp"

#include <map>
#include <set>
#include <vector>

namespace ledger {

namespace {

base::result<held_content> hash_message(store::collection& mail, const std::string& account,
                                        const std::string& key)
{
    auto message = mail.open(key);
    if (!message) return base::fail(message.error());
    content_hasher content;
    header_hasher header;
    std::uint64_t octets = 0;
    auto read = store::read_canonical(**message, [&](std::string_view chunk) -> base::result<> {
        content.add(chunk);
        header.add(chunk);
        octets += chunk.size();
        return {};
    });
    if (!read) return base::fail(read.error());
    return held_content{content.finish(), stored_copy{account, key, octets, header.finish()}};
}

/// One run over an account.
class account_rebuilding {
public:
    account_rebuilding(ledger& book, const std::string& account, store::collection& mail,
                       const rebuild_wish& wish)
        : book_(book), account_(account), mail_(mail), wish_(wish)
    {
    }

    base::result<rebuilding> run()
    {
        if (auto read = read_both(); !read) return base::fail(read.error());
        if (auto doubted = book_.doubt(account_); !doubted) return base::fail(doubted.error());
        for (const std::string& key : there_) {
            done_.stopped = wish_.stop != nullptr && *wish_.stop;
            if (done_.stopped) break;
            if (auto done = take(key); !done) return base::fail(done.error());
            if (group_.size() < commit_rows_max) continue;
            if (auto written = write_group(); !written) return base::fail(written.error());
            if (wish_.tell) wish_.tell(done_.hashed + done_.unreadable, done_.messages);
        }
        if (auto written = write_group(); !written) return base::fail(written.error());
        if (wish_.tell) wish_.tell(done_.hashed + done_.unreadable, done_.messages);
        if (!done_.stopped)
            if (auto settled = settle_gone(); !settled) return base::fail(settled.error());
        return done_;
    }

private:
    base::result<> read_both()
    {
        auto listed = mail_.list([&](const store::kept_message& message) { there_.insert(message.key); });
        if (!listed) return listed;
        done_.messages = there_.size();
        return book_.each_copy(account_, [&](const stored_copy& held, const content_hash& hash) {
            known_.emplace(held.key, hash);
        });
    }

    /// After all that is there was entered: what other programs moved is among it.
    base::result<> settle_gone()
    {
        std::set<std::string> gone;
        for (const auto& [key, hash] : known_)
            if (!there_.contains(key)) gone.insert(key);
        const auto moved = follow_missing(book_, account_, mail_, gone);
        if (!moved) return base::fail(moved.error());
        done_.moved = *moved;
        std::set<std::string> left;
        auto listed = book_.each_copy(account_, [&](const stored_copy& held, const content_hash&) {
            if (gone.contains(held.key)) left.insert(held.key);
        });
        if (!listed) return listed;
        done_.forgotten = left.size();
        for (const std::string& key : left)
            if (auto done = book_.forget_copy(account_, key); !done) return done;
        return give_back_keys();
    }

    /// What counted as removed, by an earlier call too, and is here.
    base::result<> give_back_keys()
    {
        std::set<content_hash> sought;
        auto done = book_.for_each_record(account_, [&](const message_record& record) {
            if (record.key.empty() && record.hash && !record.taken_over) sought.insert(*record.hash);
        });
        if (!done) return done;
        std::vector<held_content> found;
        for (const content_hash& hash : sought) {
            auto place = other_place(book_, account_, mail_, hash, "");
            if (!place) return base::fail(place.error());
            if (*place) found.emplace_back(hash, std::move(**place));
        }
        const auto placed = follow_moved(book_, mail_, found);
        return placed ? base::result<>{} : base::fail(placed.error());
    }

    base::result<> take(const std::string& key)
    {
        auto hashed = hash_message(mail_, account_, key);
        if (!hashed) {
            // Temporary trouble of one file must not make the ledger forget it; and whoever wants to delete on the
            // server reads it again before.
            ++done_.unreadable;
            return {};
        }
        const auto before = known_.find(key);
        if (before == known_.end() && !wish_.believe_files) {
            const auto cut = is_cut(book_, account_, mail_, key, hashed->first);
            if (!cut) return base::fail(cut.error());
            if (*cut) {
                ++done_.unreadable;
                done_.cut.push_back(key);
                return {};
            }
        }
        ++done_.hashed;
        if (before != known_.end() && before->second != hashed->first) {
            done_.changed.push_back(key);
            if (!wish_.believe_files) return {};
            if (auto kept = book_.copy_tags(account_, before->second, hashed->first); !kept) return kept;
            if (auto forgotten = book_.forget_copy(account_, key); !forgotten) return forgotten;
        }
        group_.push_back(std::move(*hashed));
        return {};
    }

    base::result<> write_group()
    {
        auto written = book_.record_copies(group_);
        group_.clear();
        return written;
    }

    ledger& book_;
    const std::string& account_;
    store::collection& mail_;
    const rebuild_wish& wish_;
    rebuilding done_;
    std::set<std::string> there_;
    std::map<std::string, content_hash> known_;
    std::vector<held_content> group_;
};

} // namespace

base::result<rebuilding> rebuild(ledger& book, const std::string& account, store::collection& mail,
                                 const rebuild_wish& wish)
{
    return account_rebuilding(book, account, mail, wish).run();
}

base::result<bool> wants_rebuild(ledger& book, const std::string& account, store::collection& mail)
{
    const auto held = book.has_copies(account);
    if (!held) return base::fail(held.error());
    if (*held) return false;
    bool found = false;
    auto listed = mail.list([&](const store::kept_message&) { found = true; });
    if (!listed) return base::fail(listed.error());
    return found;
}

namespace {

/// What is worth having: that a unique-id was stored, or fetched by another program.
std::optional<message_record> as_stored(message_record found)
{
    if (found.stage < stage::stored || (!found.hash && !found.taken_over)) return std::nullopt;
    // Any octet may be damaged: a name that some disk refuses for its journal would end the whole rebuild.
    if (found.unique_id.empty() || !is_account_name(found.account)) return std::nullopt;
    // What was to go may have gone, and another letter have come under its unique-id: its octets must tell.
    if (found.stage != stage::stored) found.header_hash.reset();
    found.stage = stage::stored;
    found.verified = found.second_copy = false;
    found.note = "read out of a damaged ledger";
    return found;
}

/// The records that the file still tells, from both ends of the table, that one damaged page costs only itself.
std::map<std::pair<std::string, std::string>, message_record> read_records(database& file)
{
    std::map<std::pair<std::string, std::string>, message_record> records;
    const bool old = !statement(file, select_records("LIMIT 0")).step();
    for (const char* const order : {"NOT INDEXED ORDER BY number", "NOT INDEXED ORDER BY number DESC"}) {
        statement rows(file, old ? select_lives_of_version_1(order) : select_records(order));
        for (auto row = rows.step(); row && *row; row = rows.step())
            if (auto read = read_record(rows))
                if (auto record = as_stored(std::move(*read)))
                    records.emplace(std::pair{record->account, record->unique_id}, std::move(*record));
    }
    return records;
}

/// Where the journals told of no tags of a content.
base::result<> salvage_tags(database& database, ledger& book)
{
    std::set<std::pair<std::string, content_hash>> known;
    auto done = book.each_tagged([&](std::string_view account, const content_hash& hash, std::string_view) {
        known.emplace(account, hash);
    });
    if (!done) return done;
    std::vector<tagging> found;
    statement rows(database, "SELECT account, hash, tags FROM tags");
    for (auto row = rows.step(); row && *row; row = rows.step())
        if (const auto hash = content_hash::from_octets(rows.text(1));
            hash && is_account_name(rows.text(0)) && known.emplace(rows.text(0), *hash).second)
            found.push_back({std::string(rows.text(0)), *hash, {.added = tags_in(rows.text(2))}});
    return book.tag(found);
}

/// Adds those that the journals did not know; how many.
base::result<std::uint64_t> salvage(database& database, ledger& book)
{
    std::vector<message_record> group;
    std::uint64_t added = 0;
    const auto write = [&]() -> base::result<> {
        auto written = book.record(group);
        if (written) added += group.size();
        group.clear();
        return written;
    };
    for (const auto& [name, record] : read_records(database)) {
        auto known = book.find(record.account, record.unique_id);
        if (!known) return base::fail(known.error());
        if (*known) continue;
        group.push_back(record);
        if (group.size() < commit_rows_max) continue;
        if (auto written = write(); !written) return base::fail(written.error());
    }
    if (auto written = write(); !written) return base::fail(written.error());
    if (auto tagged = salvage_tags(database, book); !tagged) return base::fail(tagged.error());
    return added;
}

/// Where the damaged file lies now; empty where there was none.
base::result<std::string> put_aside(disk::file_system& files, const std::string& path,
                                    const base::clock& clock)
{
    auto folder = files.open(folder_of(path));
    if (!folder) return base::fail(folder.error());
    const std::string name = file_name_of(path);
    const auto nanoseconds = to_row(clock.now());
    const std::string aside = name + ".damaged-" + std::to_string(nanoseconds);
    // The file itself last: left without its -wal it is old, which the journals notice; a -wal without it would be
    // taken for that of the new file.
    (void)(*folder)->remove(name + "-shm");
    bool was_there = false;
    for (const std::string& end : {std::string("-wal"), std::string()}) {
        auto renamed = (*folder)->rename(name + end, **folder, aside + end);
        if (!renamed && renamed.error().kind == base::failure::vanished) continue;
        if (!renamed) return base::fail(renamed.error());
        was_there = end.empty();
    }
    if (auto synced = (*folder)->sync(); !synced) return base::fail(synced.error());
    return was_there ? folder_of(path) + "/" + aside : std::string();
}

} // namespace

base::result<replacement> replace_ledger(const own_disk& disk, const std::string& path,
                                         const database_key& key, const base::clock& clock)
{
    replacement made;
    auto aside = put_aside(disk.files, path, clock);
    if (!aside) return base::fail(aside.error());
    auto book = ledger::open(disk, path, key, clock);
    if (!book) return base::fail(book.error());
    made.book = std::move(*book);
    auto accounts = made.book->accounts();
    if (!accounts) return base::fail(accounts.error());
    for (const std::string& account : *accounts) {
        auto count = made.book->count(account);
        if (!count) return base::fail(count.error());
        made.records += *count;
    }
    if (aside->empty()) return made;
    made.put_aside = *aside;
    if (auto file = database::open_damaged(disk, *aside)) {
        auto salvaged = salvage(**file, *made.book);
        if (!salvaged) return base::fail(salvaged.error());
        made.records_salvaged = *salvaged;
    }
    return made;
}

} // namespace ledger
