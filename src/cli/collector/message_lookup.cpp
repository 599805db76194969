// From what a person typed to a message: its number in the index, or the unique-id that its server gave it.
#include "cli/collector/message_lookup.hpp"

#include "cli/values.hpp"

#include <utility>

namespace cli::collector {

namespace {

base::error unknown(const std::string& typed)
{
    const auto text = "there is no message " + typed + ": restante list and restante search show numbers";
    return {base::failure::vanished, false, text, text};
}

base::result<std::optional<archive::indexed_message>>
by_unique_id(archive_folder& folder, archive::index& index, const std::string& unique_id)
{
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    auto book = folder.ledger();
    if (!book) return base::fail(book.error());
    for (const auto& name : *names) {
        const auto life = (*book)->find(name, unique_id);
        if (!life) return base::fail(life.error());
        if (*life && !(*life)->key.empty()) return index.find(name, (*life)->key);
        auto by_key = index.find(name, unique_id);
        if (!by_key || *by_key) return by_key;
    }
    return std::optional<archive::indexed_message>();
}

base::result<std::optional<base::wall_time>> to_time(const std::optional<std::string>& text,
                                                     base::wall_time now)
{
    if (!text) return std::optional<base::wall_time>();
    const auto time = parse_time(*text, now);
    if (time) return time;
    const auto why = "\"" + *text + "\" is no time: write 7d (ago), 2026-11-24 or 2026-11-24T15:00:00Z";
    return base::fail(base::error{base::failure::malformed, false, why, why});
}

} // namespace

base::result<found_message> find_message(archive_folder& folder, archive::index& index,
                                         const std::string& typed)
{
    base::result<std::optional<archive::indexed_message>> entry;
    if (const auto number = parse_whole_number(typed); number && std::in_range<std::int64_t>(*number))
        entry = index.find(static_cast<std::int64_t>(*number));
    if (entry && !*entry) entry = by_unique_id(folder, index, typed);
    if (!entry) return base::fail(entry.error());
    if (!*entry) return base::fail(unknown(typed));
    auto mail = folder.mail((*entry)->account);
    if (!mail) return base::fail(mail.error());
    return found_message{std::move(**entry), std::move(*mail)};
}

base::result<std::string> read_message(const found_message& which)
{
    auto opened = which.mail->open(which.entry.key);
    if (!opened) return base::fail(opened.error());
    std::string out;
    out.reserve((*opened)->octets());
    const auto read = store::read_canonical(**opened, [&](std::string_view octets) {
        out += octets;
        return base::result<>();
    });
    if (!read) return base::fail(read.error());
    return out;
}

base::result<archive::query> to_query(const query_wish& wish, base::wall_time now)
{
    archive::query out;
    for (const auto& word : wish.words) out.words += (out.words.empty() ? "" : " ") + word;
    out.account = wish.account;
    out.folder = wish.folder;
    if (wish.unseen) out.seen = false;
    if (wish.flagged) out.flagged = true;
    const auto after = to_time(wish.after, now);
    if (!after) return base::fail(after.error());
    const auto before = to_time(wish.before, now);
    if (!before) return base::fail(before.error());
    out.after = *after;
    out.before = *before;
    out.limit = wish.limit;
    out.oldest_first = wish.oldest_first;
    return out;
}

} // namespace cli::collector
