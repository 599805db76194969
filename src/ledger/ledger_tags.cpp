// Tags in the ledger.
#include "base/encoding.hpp"
#include "base/random.hpp"
#include "ledger/ledger.hpp"
#include "ledger/ledger_rows.hpp"
#include "ledger/life_journal.hpp"

namespace ledger {

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

base::result<> ledger::tag(std::span<const tagging> those)
{
    transaction all(*file_);
    if (auto begun = all.begun(); !begun) return begun;
    std::map<std::string, std::string> lines; // of the journals, by account
    for (const tagging& each : those) {
        const auto before = tags_of(each.account, each.hash);
        if (!before) return base::fail(before.error());
        const std::string after = changed_tags(*before, each.change);
        if (after == *before) continue;
        if (auto written = write_tags(each.account, each.hash, after); !written) return written;
        lines[each.account] += format(
            {.says = journal_entry::verb::tagged, .tags = after, .hash = each.hash, .at = clock_.now()});
    }
    if (lines.empty()) return {};
    for (const auto& [account, text] : lines)
        if (auto written = write_lines(account, text); !written) return written;
    if (auto noted = note_tags_change(); !noted) return noted;
    return all.commit();
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
    statement all(*file_, "SELECT account, hash, tags FROM tags ORDER BY account, hash");
    for (;;) {
        auto row = all.step();
        if (!row) return base::fail(row.error());
        if (!*row) return {};
        if (const auto hash = content_hash::from_octets(all.text(1))) tell(all.text(0), *hash, all.text(2));
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
    auto told = each_tagged([&](std::string_view of, const content_hash& hash, std::string_view tags) {
        if (of == account)
            lines += format({.says = journal_entry::verb::tagged,
                             .tags = std::string(tags),
                             .hash = hash,
                             .at = clock_.now()});
    });
    if (!told) return base::fail(told.error());
    return lines;
}

} // namespace ledger
