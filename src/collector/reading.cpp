// Kept mail as a person reads it: what a search found, one message, a thread.
#include "collector/reading.hpp"

#include <limits>

namespace collector {

base::result<listing> list_messages(archive_folder& folder, search::index& index, const query_wish& wish)
{
    const auto query = to_query(wish, folder.clock().now(), folder.configuration().searches);
    if (!query) return base::fail(query.error());
    if (auto named = check_names(folder, index, *query); !named) return base::fail(named.error());
    auto found = index.search(*query);
    if (!found) return base::fail(found.error());
    if (found->empty() && wish.folder)
        if (const auto checked = check_folder(folder, wish); !checked) return base::fail(checked.error());
    listing out{.messages = std::move(*found), .thread_messages = {}, .query = *query};
    if (!wish.threads) return out;
    for (const auto& message : out.messages) {
        const auto count = index.count_thread(message.thread);
        if (!count) return base::fail(count.error());
        out.thread_messages.push_back(*count);
    }
    return out;
}

base::result<> show_message(found_message& found, const show_request& request,
                            const std::function<void(const shown_message&)>& show)
{
    const auto octets = read_message(found);
    if (!octets) return base::fail(octets.error());
    shown_message shown{.entry = found.entry, .octets = *octets, .parts = {}, .reading = {}};
    if (request.parsed) {
        shown.parts = mail::mime::parts_of(*octets);
        shown.reading = mail::mime::read(*shown.parts);
    }
    show(shown);
    auto marks = found.entry.marks;
    if (request.peek || marks.seen) return {};
    marks.seen = true;
    return found.mail->set_marks(found.entry.key, marks);
}

base::result<std::vector<exchange::saved_attachment>> save_attachments(archive_folder& folder,
                                                                       std::string_view octets,
                                                                       std::span<const unsigned> numbers,
                                                                       const std::string& target)
{
    if (auto made = folder.files().make_path(target); !made) return base::fail(made.error());
    auto directory = folder.files().open(target);
    if (!directory) return base::fail(directory.error());
    return exchange::save_attachments(octets, numbers, **directory);
}

base::result<std::vector<search::indexed_message>> thread_of(archive_folder& folder, search::index& index,
                                                             const std::string& typed)
{
    const auto asked = find_message(folder, index, typed);
    if (!asked) return base::fail(asked.error());
    return index.search({.words = "thread:" + std::to_string(asked->entry.number),
                         .now = folder.clock().now(),
                         .limit = std::numeric_limits<std::size_t>::max(),
                         .oldest_first = true});
}

} // namespace collector
