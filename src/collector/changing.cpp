// What a person changes of kept messages: marks, folders, tags.
#include "collector/changing.hpp"

#include "base/ascii.hpp"
#include "collector/ledger_care.hpp"
#include "collector/message_lookup.hpp"
#include "store/writable_folder.hpp"

#include <algorithm>
#include <utility>

namespace collector {

namespace {

void change_each(archive_folder& folder, search::index& index, const std::vector<std::string>& messages,
                 const std::function<base::result<>(found_message&)>& change, const change_report& report)
{
    for (const auto& typed : messages) {
        auto found = find_message(folder, index, typed);
        const auto done = found ? change(*found) : base::fail(found.error());
        if (done)
            report(std::move(found->entry));
        else
            report(base::fail(done.error()));
    }
}

base::result<> check_room(const search::indexed_message& message, const ledger::tag_change& change)
{
    const auto after = ledger::tags_in(ledger::changed_tags(message.tags, change));
    for (const auto& tag : change.added)
        if (std::ranges::find(after, base::lower_case(tag), base::lower_case) == after.end())
            return base::fail(base::permanent_error(
                base::failure::malformed,
                "message " + std::to_string(message.number) +
                    " has too many tags for one more: " + std::to_string(ledger::tag_list_octets_max) +
                    " octets of them are the most; restante untag takes some off"));
    return {};
}

} // namespace

void mark_messages(archive_folder& folder, search::index& index, const std::vector<std::string>& messages,
                   const mark_change& change, const change_report& report)
{
    change_each(
        folder, index, messages,
        [&](found_message& found) {
            found.entry.marks.*change.mark = change.value;
            return found.mail->set_marks(found.entry.key, found.entry.marks);
        },
        report);
}

void move_messages(archive_folder& folder, search::index& index, const std::vector<std::string>& messages,
                   const std::string& target, const change_report& report)
{
    change_each(
        folder, index, messages,
        [&](found_message& found) -> base::result<> {
            auto done = found.mail->move(found.entry.key, target);
            found.entry.folder = store::without_inbox(target);
            return done;
        },
        report);
}

base::result<> tag_messages(archive_folder& folder, search::index& index,
                            const std::vector<std::string>& messages, const ledger::tag_change& change,
                            const change_report& report)
{
    std::vector<search::indexed_message> entries;
    std::vector<ledger::tagging> wanted;
    for (const auto& typed : messages) {
        auto found = find_message(folder, index, typed);
        const auto room = found ? check_room(found->entry, change) : base::fail(found.error());
        if (!room) {
            report(base::fail(room.error()));
            continue;
        }
        wanted.push_back({found->entry.account, found->entry.hash, change});
        entries.push_back(std::move(found->entry));
    }
    auto book = open_or_replace_ledger(folder);
    if (!book) return base::fail(book.error());
    if (auto done = (*book)->tag(wanted); !done) return done;
    for (auto& entry : entries) {
        entry.tags = ledger::changed_tags(entry.tags, change);
        report(std::move(entry));
    }
    return {};
}

} // namespace collector
