// Mail out of the archive, to the octet.
#include "collector/exporting.hpp"

#include "ledger/content_hash.hpp"
#include "ledger/tags.hpp"

#include <algorithm>
#include <utility>

namespace collector {

namespace {

constexpr std::size_t search_batch = 1000;

bool names_messages(const export_request& request)
{
    const auto& query = request.query;
    return !query.words.empty() || query.folder || query.after || query.before || query.unseen ||
           query.flagged || request.limit;
}

base::result<store::collection*> mail_of(archive_folder& folder, export_selection& selection,
                                         const std::string& account)
{
    auto& place = selection.mail[account];
    if (place) return place.get();
    auto opened = folder.mail(account);
    if (!opened) return base::fail(opened.error());
    place = std::move(*opened);
    return place.get();
}

base::result<export_selection> select_all(archive_folder& folder, const std::optional<std::string>& account)
{
    export_selection out;
    const auto names = accounts_to_ask(folder, account);
    if (!names) return base::fail(names.error());
    for (const auto& name : *names) {
        const auto mail = mail_of(folder, out, name);
        if (!mail) return base::fail(mail.error());
        const auto messages = exchange::everything_in(**mail);
        if (!messages) return base::fail(messages.error());
        out.messages.insert(out.messages.end(), messages->begin(), messages->end());
    }
    return out;
}

base::result<export_selection> select_found(archive_folder& folder, const export_request& request,
                                            const indexing_progress& progress)
{
    export_selection out;
    auto index = open_index(folder, request.query.account, progress);
    if (!index) return base::fail(index.error());
    auto query = to_query(request.query, folder.clock().now(), folder.configuration().searches);
    if (!query) return base::fail(query.error());
    if (auto named = check_names(folder, **index, *query); !named) return base::fail(named.error());
    // Of fewer than all, those that list would show first.
    query->oldest_first = !request.limit || request.query.oldest_first;
    for (std::size_t left = request.limit.value_or(~0UZ); left > 0;) {
        query->limit = std::min(search_batch, left);
        const auto found = (*index)->search(*query);
        if (!found) return base::fail(found.error());
        for (const auto& message : *found) {
            const auto mail = mail_of(folder, out, message.account);
            if (!mail) return base::fail(mail.error());
            out.messages.push_back({.source = *mail, .key = message.key});
        }
        if (found->size() < query->limit) break;
        query->skip += found->size();
        left -= found->size();
    }
    if (out.messages.empty() && request.query.folder)
        if (const auto checked = check_folder(folder, request.query); !checked)
            return base::fail(checked.error());
    if (!query->oldest_first) std::ranges::reverse(out.messages);
    return out;
}

/// What the ledger says of the mail of a selection.
struct ledger_answer {
    std::map<const store::collection*, std::map<std::string, ledger::content_hash>> contents; ///< by key
    std::map<const store::collection*, std::map<ledger::content_hash, std::string>> tags;
};

base::result<> ask_ledger(archive_folder& folder, const export_selection& selection, ledger_answer& answer)
{
    auto book = folder.ledger();
    if (!book) return base::fail(book.error());
    for (const auto& [account, mail] : selection.mail) {
        auto& contents = answer.contents[mail.get()];
        auto read = (*book)->each_copy(
            account, [&](const ledger::stored_copy& held, const ledger::content_hash& hash) {
                contents.emplace(held.key, hash);
            });
        if (!read) return read;
    }
    return (*book)->each_tagged(
        [&](std::string_view account, const ledger::content_hash& hash, std::string_view tags) {
            if (const auto mail = selection.mail.find(std::string(account)); mail != selection.mail.end())
                answer.tags[mail->second.get()].emplace(hash, tags);
        });
}

/// Enters into each message what the ledger says that it is, and which tags it has; they are those of `answer`. What
/// was read before an error counts.
void enter_answer(archive_folder& folder, export_selection& selection, ledger_answer& answer)
{
    if (auto read = ask_ledger(folder, selection, answer); !read)
        folder.person().note("what is written cannot be compared with the ledger, and has no tags: " +
                             read.error().operator_text);
    for (auto& message : selection.messages) {
        message.tags = &answer.tags[message.source];
        const auto& contents = answer.contents[message.source];
        if (const auto found = contents.find(message.key); found != contents.end())
            message.stored_as = found->second;
    }
}

/// What the files themselves cannot carry, beside them. What other exports put there stays.
base::result<exchange::exported> with_tags_in(disk::directory& target, base::result<exchange::exported> done)
{
    if (!done) return done;
    auto merged = ledger::read_tags_file(target);
    if (!merged) return base::fail(merged.error());
    for (const auto& [hash, tags] : done->tags)
        if (tags.empty())
            merged->erase(hash);
        else
            merged->insert_or_assign(hash, tags);
    if (auto written = ledger::write_tags_file(target, *merged); !written) return base::fail(written.error());
    return done;
}

base::result<exchange::exported> write_maildir(archive_folder& folder, const export_selection& selection,
                                               const std::string& path, const exchange::export_watch& watch)
{
    auto maildir = folder.elsewhere(path, false);
    if (!maildir) return base::fail(maildir.error());
    auto done = exchange::export_collection(selection.messages, **maildir, watch);
    auto top = folder.files().open(path);
    return top ? with_tags_in(**top, std::move(done)) : base::fail(top.error());
}

} // namespace

base::result<export_selection> select_for_export(archive_folder& folder, const export_request& request,
                                                 const indexing_progress& progress)
{
    return names_messages(request) ? select_found(folder, request, progress)
                                   : select_all(folder, request.query.account);
}

base::result<exchange::exported> export_mail(archive_folder& folder, export_selection selection,
                                             const mail_place& target, const exchange::export_watch& watch)
{
    ledger_answer answer;
    enter_answer(folder, selection, answer);
    if (target.form == mail_form::maildir) return write_maildir(folder, selection, target.path, watch);
    const bool is_mbox = target.form == mail_form::mbox;
    const auto place = is_mbox ? part(target.path) : parted{target.path, ""};
    if (auto made = folder.files().make_path(place.folder); !made) return base::fail(made.error());
    auto directory = folder.files().open(place.folder);
    if (!directory) return base::fail(directory.error());
    return is_mbox ? exchange::export_mbox(selection.messages, **directory, place.name, watch)
                   : with_tags_in(**directory, exchange::export_eml(selection.messages, **directory, watch));
}

base::result<exchange::exported> export_mail(archive_folder& folder, export_selection selection,
                                             const std::function<base::result<>(std::string_view)>& sink,
                                             const exchange::export_watch& watch)
{
    ledger_answer answer;
    enter_answer(folder, selection, answer);
    return exchange::export_mbox(selection.messages, sink, watch);
}

} // namespace collector
