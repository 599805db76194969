// From what a person typed to a message: its number in the index, or the unique-id that its server gave it.
#include "collector/message_lookup.hpp"

#include "collector/indexing.hpp"
#include "collector/ledger_care.hpp"
#include "config/values.hpp"
#include "ledger/orphans.hpp"
#include "mail/mime/reading.hpp"
#include "search/excerpt.hpp"
#include "search/search_time.hpp"
#include "store/writable_folder.hpp"

#include <algorithm>
#include <utility>

namespace collector {

namespace {

constexpr std::size_t text_octets_max = 1u << 20; // as far as the index reads

base::error unknown(const std::string& typed)
{
    const auto text = "no message " + typed + ": see restante list and restante search";
    return {base::failure::vanished, false, text, text};
}

/// Another program may have moved it since the last fetch.
base::result<std::optional<search::indexed_message>> where_it_lies(archive_folder& folder,
                                                                   search::index& index, ledger::ledger& book,
                                                                   const ledger::message_record& record)
{
    auto entry = index.find(record.account, record.key);
    if (!entry || *entry || !record.hash) return entry;
    auto mail = folder.mail(record.account);
    if (!mail) return base::fail(mail.error());
    const auto key = ledger::find_moved(book, record.account, **mail, *record.hash, record.key);
    if (!key) return base::fail(key.error());
    if (*key) entry = index.find(record.account, **key);
    return entry;
}

base::result<std::optional<search::indexed_message>>
by_unique_id(archive_folder& folder, search::index& index, const std::string& unique_id)
{
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    auto book = open_or_replace_ledger(folder);
    if (!book) return base::fail(book.error());
    for (const auto& name : *names) {
        const auto record = (*book)->find(name, unique_id);
        if (!record) return base::fail(record.error());
        if (*record && !(*record)->key.empty()) return where_it_lies(folder, index, **book, **record);
        auto by_key = index.find(name, unique_id);
        if (!by_key || *by_key) return by_key;
    }
    return std::optional<search::indexed_message>();
}

store::kept_message kept_message_of(const search::indexed_message& entry)
{
    return {.key = entry.key,
            .folder = entry.folder,
            .marks = entry.marks,
            .octets = entry.octets,
            .arrival = {},
            .fresh = entry.fresh};
}

base::result<std::string> octets_of_message(store::collection& mail, const std::string& key)
{
    auto opened = mail.open(key);
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

base::result<std::optional<base::wall_time>> to_time(const std::optional<std::string>& text,
                                                     base::wall_time now)
{
    if (!text) return std::optional<base::wall_time>();
    if (const auto time = config::parse_time(*text, now)) return time;
    if (const auto span = search::parse_time_span(*text, now)) return span->begin;
    return base::fail(base::permanent_error(
        base::failure::malformed,
        "\"" + *text +
            "\" is not a time: write 7d (ago), 2026, 2026-11, 2026-11-24, 2026-11-24T15:00:00Z, today or yesterday"));
}

base::error no_folder(const std::string& name)
{
    return base::permanent_error(base::failure::vanished,
                                 "there is no folder \"" + name + "\": restante folders lists all");
}

/// In the account; in any where none is named.
base::result<bool> has_folder(archive_folder& folder, const std::optional<std::string>& account,
                              const std::string& wanted)
{
    const auto names = account ? base::result<std::vector<std::string>>({*account}) : folder.account_names();
    if (!names) return base::fail(names.error());
    for (const auto& name : *names) {
        const auto mail = folder.mail(name);
        if (!mail) return base::fail(mail.error());
        const auto folders = (*mail)->folders();
        if (!folders) return base::fail(folders.error());
        if (std::ranges::find(*folders, store::without_inbox(wanted)) != folders->end()) return true;
    }
    return false;
}

} // namespace

base::result<std::vector<std::string>> unique_ids_of(archive_folder& folder,
                                                     const search::indexed_message& message)
{
    auto book = open_or_replace_ledger(folder);
    if (!book) return base::fail(book.error());
    const auto records = (*book)->records_at(message.account, message.key);
    if (!records) return base::fail(records.error());
    std::vector<std::string> out;
    for (const auto& record : *records) out.push_back(record.unique_id);
    return out;
}

base::result<found_message> find_message(archive_folder& folder, search::index& index,
                                         const std::string& typed)
{
    base::result<std::optional<search::indexed_message>> entry;
    if (const auto number = config::parse_whole_number(typed); number && std::in_range<std::int64_t>(*number))
        entry = index.find(static_cast<std::int64_t>(*number));
    if (entry && !*entry) entry = by_unique_id(folder, index, typed);
    if (!entry) return base::fail(entry.error());
    if (!*entry) return base::fail(unknown(typed));
    auto mail = folder.mail((*entry)->account);
    if (!mail) return base::fail(mail.error());
    (*mail)->expect(kept_message_of(**entry));
    return found_message{std::move(**entry), std::move(*mail)};
}

base::result<std::string> read_message(const found_message& message)
{
    return octets_of_message(*message.mail, message.entry.key);
}

excerpt_reader::excerpt_reader(archive_folder& folder, const search::query& query) : folder_(folder)
{
    if (auto read = search::parse_search_words(query.words, query.now, query.saved))
        phrases_ = std::move(read->in_text);
}

std::string excerpt_reader::read(const search::indexed_message& entry)
{
    if (phrases_.empty()) return {};
    auto& mail = mail_[entry.account];
    if (!mail) {
        auto opened = folder_.mail(entry.account);
        if (!opened) return {};
        mail = std::move(*opened);
    }
    mail->expect(kept_message_of(entry));
    const auto octets = octets_of_message(*mail, entry.key);
    if (!octets) return {};
    return search::excerpt_of(mail::mime::text_of_message(*octets, {.text_octets_max = text_octets_max}),
                              phrases_);
}

base::result<> check_folder(archive_folder& folder, const query_wish& wish)
{
    const auto found = has_folder(folder, wish.account, *wish.folder);
    if (!found) return base::fail(found.error());
    return *found ? base::result<>() : base::fail(no_folder(*wish.folder));
}

base::result<> check_names(archive_folder& folder, search::index& index, const search::query& query)
{
    const auto words = search::parse_search_words(query.words, query.now, query.saved);
    if (!words) return base::fail(words.error());
    for (const auto& name : words->accounts)
        if (auto known = accounts_to_ask(folder, name); !known) return base::fail(known.error());
    for (const auto& name : words->folders) {
        const auto found = has_folder(folder, std::nullopt, name);
        if (!found) return base::fail(found.error());
        if (*found) continue;
        const auto folders = index.folders(std::nullopt); // of accounts that were removed, too
        if (!folders) return base::fail(folders.error());
        if (std::ranges::find(*folders, store::without_inbox(name), &search::index::folder_summary::folder) ==
            folders->end())
            return base::fail(no_folder(name));
    }
    return {};
}

base::result<search::query> to_query(const query_wish& wish, base::wall_time now,
                                     const search::saved_searches& saved)
{
    search::query out;
    for (const auto& word : wish.words) out.words += (out.words.empty() ? "" : " ") + word;
    out.now = now;
    out.saved = saved;
    out.account = wish.account;
    if (wish.folder) out.folder = store::without_inbox(*wish.folder);
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
    out.by_thread = wish.threads;
    return out;
}

} // namespace collector
