// What is known of a message, by each unique-id that a server gave it: what happened to it, and where it is now.
#include "collector/explaining.hpp"

#include "archive/retention.hpp"
#include "archive/shown.hpp"
#include "collector/ledger_care.hpp"
#include "collector/message_lookup.hpp"
#include "collector/second_copies.hpp"
#include "ledger/strays.hpp"
#include "ledger/verify.hpp"

#include <utility>

namespace collector {

namespace {

/// What of a life's message is here now, in a few words; read to the last octet.
std::string here_now(archive_folder& folder, ledger::ledger& book, const ledger::life& life)
{
    if (!life.hash) return "";
    if (life.key.empty())
        return "nothing is kept here under this unique-id any more, or only a target took it";
    auto mail = folder.mail(life.account);
    if (!mail) return "cannot be read: " + mail.error().operator_text;
    const auto found = ledger::hash_kept(**mail, life.account, life.key);
    const std::string way_back = ": restante restore " + life.account + " brings it back";
    if (!found && found.error().kind == base::failure::vanished) {
        const auto key = ledger::find_moved(book, life.account, **mail, *life.hash, life.key);
        if (!key) return "the file is gone, and others could not be looked at: " + key.error().operator_text;
        if (*key)
            return "its octets lie under another name, " + **key +
                   ": the next fetch, or restante verify --repair, enters that";
        return "THE FILE IS MISSING" + way_back;
    }
    if (!found) return "THE FILE CANNOT BE READ (" + found.error().operator_text + ")" + way_back;
    if (found->first != *life.hash)
        return "THE FILE HAS OTHER OCTETS NOW (SHA-256 " + found->first.text() + ")" + way_back;
    return "the file has these octets";
}

/// Why the server still has the message, as far as the ledger knows; empty where it has not.
std::string why_on_server(const config::account_configuration& account, const ledger::life& life,
                          const archive::unshown_messages& unshown, base::wall_time now)
{
    using ledger::stage;
    if (life.stage == stage::deleted || life.stage == stage::vanished) return "";
    if (life.stage < stage::stored) return "it is not stored here yet";
    if (life.stage != stage::stored) return "its deletion was asked for; the next fetch sees whether it went";
    if (unshown.nothing_is_known())
        return "not known since the ledger was made again: the next fetch lists it";
    if (unshown.contains(life)) return "the last listing did not show it";
    const auto& keep = account.archive.keep;
    const std::string policy = text_of(keep) + ": ";
    const client::listed_message message{.unique_id = life.unique_id, .octets = life.octets};
    const archive::retention_candidate candidate{.message = &message, .known = &life};
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

/// The lives that a person may mean: of that unique-id, or those that hold the message of that number.
base::result<std::vector<ledger::life>> lives_of(archive_folder& folder, ledger::ledger& book,
                                                 const explain_request& request,
                                                 const indexing_progress& indexing)
{
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    std::vector<ledger::life> out;
    for (const auto& name : *names) {
        if (request.account && *request.account != name) continue;
        auto life = book.find(name, request.message);
        if (!life) return base::fail(life.error());
        if (*life) out.push_back(std::move(**life));
    }
    if (!out.empty()) return out;
    auto index = open_index(folder, request.account, indexing);
    if (!index) return base::fail(index.error());
    const auto found = find_message(folder, **index, request.message);
    if (!found) return base::fail(found.error());
    auto lives = book.lives_at(found->entry.account, found->entry.key);
    if (!lives || !lives->empty()) return lives;
    // Another program may have moved it since the last fetch: then its content is known.
    const auto hashed = ledger::hash_kept(*found->mail, found->entry.account, found->entry.key);
    if (!hashed) return base::fail(hashed.error());
    auto same = book.lives_with_hash(hashed->first);
    if (!same) return base::fail(same.error());
    std::erase_if(*same, [&](const ledger::life& life) { return life.account != found->entry.account; });
    return *same;
}

base::result<explanation> explanation_of(archive_folder& folder, ledger::ledger& book,
                                         const ledger::life& life)
{
    auto events = book.story(life.account, life.unique_id);
    if (!events) return base::fail(events.error());
    const auto verified_at = ledger::last_verified(book, life);
    if (!verified_at) return base::fail(verified_at.error());
    const auto unshown = archive::unshown_messages::recall(book, life.account);
    if (!unshown) return base::fail(unshown.error());
    explanation out{.life = life,
                    .events = std::move(*events),
                    .here_now = here_now(folder, book, life),
                    .verified_at = *verified_at,
                    .why_on_server = "the account was removed"};
    const auto account = folder.account(life.account);
    if (account) {
        out.is_copy_away = is_copy_away(folder, *account);
        out.why_on_server = why_on_server(*account, life, *unshown, folder.clock().now());
    } else if (account.error().kind != base::failure::unknown_user) {
        return base::fail(account.error());
    }
    return out;
}

} // namespace

base::result<std::size_t> explain(archive_folder& folder, const explain_request& request,
                                  const indexing_progress& indexing,
                                  const std::function<void(const explanation&)>& each)
{
    auto book = open_or_replace_ledger(folder);
    if (!book) return base::fail(book.error());
    if (auto heeded = heed_second_copies(folder, **book); !heeded) return base::fail(heeded.error());
    const auto lives = lives_of(folder, **book, request, indexing);
    if (!lives) return base::fail(lives.error());
    for (const auto& life : *lives) {
        const auto found = explanation_of(folder, **book, life);
        if (!found) return base::fail(found.error());
        each(*found);
    }
    return lives->size();
}

} // namespace collector
