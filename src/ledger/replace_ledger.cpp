// A damaged ledger, put aside and read row by row.
#include "ledger/database.hpp"
#include "ledger/ledger_rows.hpp"
#include "ledger/life_journal.hpp"
#include "ledger/rebuild.hpp"

#include <map>
#include <set>
#include <vector>

namespace ledger {

namespace {

/// What is worth having: that a unique-id was stored, or fetched by another program.
std::optional<life> as_stored(life found)
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

/// The lives that the file still tells, from both ends of the table, that one damaged page costs only itself.
std::map<std::pair<std::string, std::string>, life> read_lives(database& file)
{
    std::map<std::pair<std::string, std::string>, life> lives;
    const bool old = !statement(file, select_lives("LIMIT 0")).step();
    for (const char* const order : {"NOT INDEXED ORDER BY number", "NOT INDEXED ORDER BY number DESC"}) {
        statement all(file, old ? select_lives_of_version_1(order) : select_lives(order));
        for (auto row = all.step(); row && *row; row = all.step())
            if (auto read = read_life(all))
                if (auto one = as_stored(std::move(*read)))
                    lives.emplace(std::pair{one->account, one->unique_id}, std::move(*one));
    }
    return lives;
}

/// Where the journals told of no tags of a content.
base::result<> salvage_tags(database& from, ledger& into)
{
    std::set<std::pair<std::string, content_hash>> known;
    auto told = into.each_tagged([&](std::string_view account, const content_hash& hash, std::string_view) {
        known.emplace(account, hash);
    });
    if (!told) return told;
    std::vector<tagging> found;
    statement all(from, "SELECT account, hash, tags FROM tags");
    for (auto row = all.step(); row && *row; row = all.step())
        if (const auto hash = content_hash::from_octets(all.text(1));
            hash && is_account_name(all.text(0)) && known.emplace(all.text(0), *hash).second)
            found.push_back({std::string(all.text(0)), *hash, {.added = tags_in(all.text(2))}});
    return into.tag(found);
}

/// Adds those that the journals did not know; how many.
base::result<std::uint64_t> salvage(database& from, ledger& into)
{
    std::vector<life> group;
    std::uint64_t added = 0;
    const auto write = [&]() -> base::result<> {
        auto written = into.record(group);
        if (written) added += group.size();
        group.clear();
        return written;
    };
    for (const auto& [name, one] : read_lives(from)) {
        auto known = into.find(one.account, one.unique_id);
        if (!known) return base::fail(known.error());
        if (*known) continue;
        group.push_back(one);
        if (group.size() < commit_rows_max) continue;
        if (auto written = write(); !written) return base::fail(written.error());
    }
    if (auto written = write(); !written) return base::fail(written.error());
    if (auto tagged = salvage_tags(from, into); !tagged) return base::fail(tagged.error());
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
        made.lives += *count;
    }
    if (aside->empty()) return made;
    made.put_aside = *aside;
    if (auto file = database::open_damaged(disk, *aside)) {
        auto salvaged = salvage(**file, *made.book);
        if (!salvaged) return base::fail(salvaged.error());
        made.lives_salvaged = *salvaged;
    }
    return made;
}

} // namespace ledger
