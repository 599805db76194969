// The index's copy of the ledger's tags.
#include "ledger/tags.hpp"
#include "search/index.hpp"

namespace search {

namespace {

constexpr std::string_view tags_note = "tags";

} // namespace

base::result<bool> index::knows_tags(std::string_view state)
{
    ledger::statement asked(*file_, "SELECT value FROM notes WHERE name = ?");
    const auto row = asked.bind(1, tags_note).step();
    if (!row) return base::fail(row.error());
    return *row && asked.text(0) == state; // a new index asks the ledger once
}

base::result<> index::take_tags(std::string_view state, const std::vector<tagged_content>& all)
{
    ledger::transaction taking(*file_);
    if (auto begun = taking.begun(); !begun) return begun;
    if (auto emptied = file_->execute("DELETE FROM tags"); !emptied) return emptied;
    ledger::statement add(*file_, "INSERT INTO tags VALUES (?, ?, ?)");
    for (const tagged_content& each : all)
        if (auto done = add.bind(1, each.account).bind_octets(2, each.hash.view()).bind(3, each.tags).run();
            !done)
            return done;
    ledger::statement note(*file_, "INSERT OR REPLACE INTO notes VALUES (?, ?)");
    if (auto done = note.bind(1, tags_note).bind(2, state).run(); !done) return done;
    return taking.commit();
}

base::result<std::map<std::string, std::uint64_t>> index::tag_counts()
{
    ledger::statement asked(
        *file_, "SELECT tags, count(*) FROM tags JOIN messages USING (account, hash) WHERE read = 1"
                " GROUP BY tags");
    std::map<std::string, std::uint64_t> counts;
    for (;;) {
        const auto row = asked.step();
        if (!row) return base::fail(row.error());
        if (!*row) return counts;
        for (const std::string& each : ledger::tags_in(asked.text(0)))
            counts[each] += static_cast<std::uint64_t>(asked.integer(1));
    }
}

} // namespace search
