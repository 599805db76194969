// What is known of a message, by each unique-id that a server gave it: what happened to it, and where it is now.
#include "collector/explaining.hpp"

#include "archive/retention.hpp"
#include "archive/shown.hpp"
#include "collector/ledger_care.hpp"
#include "collector/message_lookup.hpp"
#include "collector/second_copies.hpp"
#include "ledger/orphans.hpp"
#include "ledger/verify.hpp"

#include <utility>

namespace collector {

namespace {

/// What of a record's message is here now, in a few words; read to the last octet.
std::string here_now(archive_folder& folder, ledger::ledger& book, const ledger::message_record& record)
{
    if (!record.hash) return "";
    if (record.key.empty())
        return "nothing is kept here under this unique-id any more, or only a target took it";
    auto mail = folder.mail(record.account);
    if (!mail) return "cannot be read: " + mail.error().operator_text;
    const auto found = ledger::hash_kept(**mail, record.account, record.key);
    const std::string way_back = ": restante restore " + record.account + " brings it back";
    if (!found && found.error().kind == base::failure::vanished) {
        const auto key = ledger::find_moved(book, record.account, **mail, *record.hash, record.key);
        if (!key) return "the file is gone, and others could not be looked at: " + key.error().operator_text;
        if (*key)
            return "its octets lie under another name, " + **key +
                   ": the next fetch, or restante verify --repair, enters that";
        return "THE FILE IS MISSING" + way_back;
    }
    if (!found) return "THE FILE CANNOT BE READ (" + found.error().operator_text + ")" + way_back;
    if (found->first != *record.hash)
        return "THE FILE HAS OTHER OCTETS NOW (SHA-256 " + found->first.text() + ")" + way_back;
    return "the file has these octets";
}

/// Why the server still has the message, as far as the ledger knows; empty where it has not.
std::string why_on_server(const config::account_configuration& account, const ledger::message_record& record,
                          const archive::unshown_messages& unshown, base::wall_time now)
{
    using ledger::stage;
    if (record.stage == stage::deleted || record.stage == stage::vanished) return "";
    if (record.stage < stage::stored) return "it is not stored here yet";
    if (record.stage != stage::stored)
        return "its deletion was asked for; the next fetch sees whether it went";
    if (unshown.nothing_is_known())
        return "not known since the ledger was made again: the next fetch lists it";
    if (unshown.contains(record)) return "the last listing did not show it";
    const auto& keep = account.archive.keep;
    const std::string policy = text_of(keep) + ": ";
    const client::listed_message message{.unique_id = record.unique_id, .octets = record.octets};
    const archive::retention_candidate candidate{.message = &message, .known = &record};
    // The policies by number or size look at the whole listing; without it, only what holds under each is known.
    const bool alone = archive::word_of(keep).by_listing;
    const auto verdict =
        archive::decide_retention(alone ? archive::keep_policy(archive::keep_none()) : keep, {&candidate, 1},
                                  {.now = now, .delivers_instead = account.archive.delivers_instead})
            .front();
    if (!verdict.may_delete) return policy + verdict.reason;
    return policy + (alone ? "the next fetch decides by what else is there" : "the next fetch may delete it");
}

bool is_copy_away(archive_folder& folder, const config::account_configuration& account)
{
    const auto view = look_at_second_copy(folder, account);
    return view.state != second_copy_state::ready || !view.folder_is_there;
}

/// So that nothing is said of a second copy that is no more.
base::result<> heed_second_copies(archive_folder& folder, ledger::ledger& book)
{
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    for (const auto& name : *names)
        if (const auto account = folder.account(name); account)
            if (auto heeded = heed_second_copy(folder, *account, book); !heeded)
                return base::fail(heeded.error());
    return {};
}

/// The records that a person may mean: of that unique-id, or those that hold the message of that number.
base::result<std::vector<ledger::message_record>> records_of(archive_folder& folder, ledger::ledger& book,
                                                             const explain_request& request,
                                                             const indexing_progress& indexing)
{
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    std::vector<ledger::message_record> out;
    for (const auto& name : *names) {
        if (request.account && *request.account != name) continue;
        auto record = book.find(name, request.message);
        if (!record) return base::fail(record.error());
        if (*record) out.push_back(std::move(**record));
    }
    if (!out.empty()) return out;
    auto index = open_index(folder, request.account, indexing);
    if (!index) return base::fail(index.error());
    const auto found = find_message(folder, **index, request.message);
    if (!found) return base::fail(found.error());
    auto records = book.records_at(found->entry.account, found->entry.key);
    if (!records || !records->empty()) return records;
    // Another program may have moved it since the last fetch: then its content is known.
    const auto hashed = ledger::hash_kept(*found->mail, found->entry.account, found->entry.key);
    if (!hashed) return base::fail(hashed.error());
    auto same = book.records_with_hash(hashed->first);
    if (!same) return base::fail(same.error());
    std::erase_if(
        *same, [&](const ledger::message_record& record) { return record.account != found->entry.account; });
    return *same;
}

base::result<explanation> explanation_of(archive_folder& folder, ledger::ledger& book,
                                         const ledger::message_record& record)
{
    auto events = book.history(record.account, record.unique_id);
    if (!events) return base::fail(events.error());
    const auto verified_at = ledger::last_verified(book, record);
    if (!verified_at) return base::fail(verified_at.error());
    const auto unshown = archive::unshown_messages::recall(book, record.account);
    if (!unshown) return base::fail(unshown.error());
    explanation out{.record = record,
                    .events = std::move(*events),
                    .here_now = here_now(folder, book, record),
                    .verified_at = *verified_at,
                    .why_on_server = "the account was removed"};
    const auto account = folder.account(record.account);
    if (account) {
        out.is_copy_away = is_copy_away(folder, *account);
        out.why_on_server = why_on_server(*account, record, *unshown, folder.clock().now());
    } else if (account.error().kind != base::failure::unknown_user) {
        return base::fail(account.error());
    }
    return out;
}

} // namespace

base::result<std::size_t> explain(archive_folder& folder, const explain_request& request,
                                  const indexing_progress& indexing,
                                  const std::function<void(const explanation&)>& visit)
{
    auto book = open_or_replace_ledger(folder);
    if (!book) return base::fail(book.error());
    if (auto heeded = heed_second_copies(folder, **book); !heeded) return base::fail(heeded.error());
    const auto records = records_of(folder, **book, request, indexing);
    if (!records) return base::fail(records.error());
    for (const auto& record : *records) {
        const auto found = explanation_of(folder, **book, record);
        if (!found) return base::fail(found.error());
        visit(*found);
    }
    return records->size();
}

} // namespace collector
