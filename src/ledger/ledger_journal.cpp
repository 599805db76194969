// How the ledger and the journals beside it keep each other whole.
//
// A line is written before the commit that it belongs to, both under SQLite's write lock, and the commit notes how
// long the file was then. So a file that is longer than noted holds news: the commit failed, or an old ledger was
// put back. One that is shorter was itself lost or put back.
#include "ledger/ledger.hpp"
#include "ledger/ledger_rows.hpp"
#include "ledger/life_journal.hpp"

#include <map>
#include <set>

namespace ledger {

namespace {

/// Stages in which a server's message needs no fetching.
bool is_kept(stage which)
{
    return which >= stage::stored;
}

std::optional<journal_entry> entry_for(const life& what)
{
    using verb = journal_entry::verb;
    if (is_kept(what.stage) && what.hash)
        return journal_entry{.says = what.adopted ? verb::matched : verb::has,
                             .unique_id = what.unique_id,
                             .key = what.key,
                             .hash = what.hash,
                             .octets = what.octets,
                             .at = what.stored_at.value_or(what.first_listed)};
    if (is_kept(what.stage) && what.taken_over)
        return journal_entry{.says = verb::known,
                             .unique_id = what.unique_id,
                             .at = what.stored_at.value_or(what.first_listed)};
    return std::nullopt;
}

} // namespace

base::result<std::string> ledger::line_for(const life& what)
{
    auto before = find(what.account, what.unique_id);
    if (!before) return base::fail(before.error());
    const auto entry = entry_for(what);
    const auto old = *before ? entry_for(**before) : std::nullopt;
    if (entry && old && entry->says == old->says && entry->hash == old->hash && entry->key == old->key)
        return std::string();
    if (entry) return format(*entry);
    if (old)
        return format({.says = journal_entry::verb::again, .unique_id = what.unique_id, .at = clock_.now()});
    return std::string();
}

base::result<> ledger::write_lines(std::string_view account, std::string_view lines)
{
    if (lines.empty() || !journalled_) return {};
    auto octets = life_journal(files_, folder_, account).append(lines);
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
        if (auto account = life_journal::account_of(name)) accounts.insert(std::move(*account));
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
        auto there = life_journal(files_, folder_, account).octets();
        if (!there) return base::fail(there.error());
        return *noted != *there;
    };
    auto different = differ();
    if (!different) return base::fail(different.error());
    if (!*different) return {};
    transaction all(*file_);
    if (auto begun = all.begun(); !begun) return begun;
    different = differ(); // again: another program may have been between its line and its commit
    if (!different) return base::fail(different.error());
    if (!*different) return {};
    if (auto taken = take_from_journal(account); !taken) return taken;
    return all.commit();
}

base::result<> ledger::take_from_journal(const std::string& account)
{
    life_journal journal(files_, folder_, account);
    auto noted = noted_octets(account);
    auto there = journal.octets();
    if (!noted || !there) return base::fail(!noted ? noted.error() : there.error());
    if (*there < *noted) return write_all_lines(account);
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
    return note_journal(account, *there);
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
    life one;
    one.account = account;
    one.unique_id = entry.unique_id;
    one.first_listed = entry.at;
    if (*before) one = **before;
    if (entry.says == verb::again && !*before) return {};
    if (entry.says == verb::known && *before) return {};
    const bool kept = entry.says == verb::has || entry.says == verb::matched;
    if (kept && one.hash == entry.hash && one.key == entry.key && is_kept(one.stage) &&
        one.adopted == (entry.says == verb::matched))
        return {};
    one.stage = entry.says == verb::again ? stage::listed : stage::stored;
    one.hash = entry.hash;
    one.key = entry.key;
    one.octets = entry.octets;
    one.header_hash.reset();
    one.stored_at.reset();
    if (kept) one.stored_at = entry.at;
    one.adopted = entry.says == verb::matched;
    one.listed_octets.reset();
    one.taken_over = one.taken_over || entry.says == verb::known;
    one.verified = one.second_copy = false;
    one.note = "found in the journal; the ledger had lost it";
    return write(one);
}

base::result<> ledger::write_all_lines(const std::string& account)
{
    std::string lines;
    auto told = each(account, [&](const life& one) {
        if (const auto entry = entry_for(one)) lines += format(*entry);
    });
    if (!told) return told;
    auto tags = lines_of_tags(account);
    if (!tags) return base::fail(tags.error());
    lines += *tags;
    if (lines.empty()) return note_journal(account, 0);
    return write_lines(account, lines);
}

} // namespace ledger
