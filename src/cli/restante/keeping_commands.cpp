// restante explain, rebuild, adopt, take-over: what the archive knows of itself, and how it learns it again.
#include "archive/adopt.hpp"
#include "archive/retention.hpp"
#include "archive/shown.hpp"
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/named_paths.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/account_desk.hpp"
#include "collector/indexing.hpp"
#include "collector/ledger_care.hpp"
#include "collector/message_lookup.hpp"
#include "collector/named_files.hpp"
#include "collector/second_copies.hpp"
#include "collector/server_link.hpp"
#include "config/values.hpp"
#include "exchange/foreign_state.hpp"
#include "ledger/named_length.hpp"
#include "ledger/rebuild.hpp"
#include "ledger/strays.hpp"
#include "ledger/verify.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <utility>

namespace cli::restante {

namespace {

constexpr std::uint64_t state_octets_max = 1U << 28U; // a million unique-ids of 70 octets are a quarter of it

void tell_changed(const style& how, const std::string& account, const ledger::rebuilding& done, bool believed)
{
    if (how.json) return;
    for (const auto& key : done.changed)
        print(fmt::format("{}: {}: {}\n", account, readable_line(key),
                          believed ? "it has other octets than were stored, and is believed"
                                   : "it has other octets than were stored; the ledger keeps what it knew"));
    for (const auto& key : done.cut)
        print(fmt::format("{}: {}: {}; the ledger does not take it for a message\n", account,
                          readable_line(key), ledger::not_as_named));
    if (!done.cut.empty())
        print(
            "    restante restore --all brings back what the second copy has; where they are meant to be as they "
            "are, restante rebuild --believe-files\n");
    if (!done.changed.empty() && !believed)
        print("    restante restore brings them back; where you changed them yourself, restante rebuild "
              "--believe-files\n");
}

std::string moved_now_text(std::uint64_t moved)
{
    if (moved == 0) return "";
    return fmt::format("; {} {} under another name now", moved, base::for_number(moved, "lies", "lie"));
}

int rebuild_one(const style& how, collector::archive_folder& folder, const std::string& account,
                bool believe_files, progress_display& display, std::size_t line)
{
    auto desk = collector::open_desk(folder, account);
    if (!desk) return report(desk.error());
    const auto done =
        ledger::rebuild(*desk->book, account, *desk->mail,
                        {.believe_files = believe_files, .tell = [&](std::uint64_t ready, std::uint64_t all) {
                             display.update(line, ready, all, "hashing");
                         }});
    if (!done) return report(done.error());
    const auto indexed = collector::index_mail(folder, account, indexing_bars(display), nullptr);
    display.clear();
    if (!indexed) return report(indexed.error());
    tell_changed(how, account, *done, believe_files);
    boost::json::array changed, cut;
    for (const auto& key : done->changed) changed.push_back(boost::json::string(key));
    for (const auto& key : done->cut) cut.push_back(boost::json::string(key));
    if (how.json)
        print_json("rebuild", {{"account", account},
                               {"messages", done->messages},
                               {"hashed", done->hashed},
                               {"changed", done->changed.size()},
                               {"changed_keys", std::move(changed)},
                               {"moved", done->moved},
                               {"forgotten", done->forgotten},
                               {"unreadable", done->unreadable},
                               {"cut_keys", std::move(cut)}});
    else if (!how.quiet)
        print(fmt::format("{}: {}, {} hashed; {} changed, {} gone, {} not readable{}\n", account,
                          base::counted(done->messages, "message"), done->hashed, done->changed.size(),
                          done->forgotten, done->unreadable, moved_now_text(done->moved)));
    if (!done->cut.empty() || (!done->changed.empty() && !believe_files)) return EX_DATAERR;
    return done->unreadable > 0 ? exit_not_all_well : EX_OK;
}

/// What of a life's message is here now, in a few words; read to the last octet.
std::string here_now(collector::archive_folder& folder, ledger::ledger& book, const ledger::life& life)
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
            return "its octets lie under another name, " + readable_line(**key) +
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
    if (life.stage == ledger::stage::deleted || life.stage == ledger::stage::vanished) return "";
    if (life.stage < ledger::stage::stored) return "it is not stored here yet";
    if (life.stage != ledger::stage::stored)
        return "its deletion was asked for; the next fetch sees whether it went";
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
    if (!verdict.may_delete) return policy + verdict.why;
    return policy + (alone ? "the next fetch decides by what else is there" : "the next fetch may delete it");
}

/// What `explain` found out about a message, beside its life.
struct explanation {
    std::vector<ledger::happening> story;
    std::string now;                            ///< here_now()
    std::optional<base::wall_time> verified_at; ///< archive::last_verified()
    std::string copy;                           ///< copy_now()
    std::string why;                            ///< why_on_server()
};

void print_life(const style& how, const ledger::life& life, const explanation& found)
{
    const auto& [story, now, verified_at, copy, why] = found;
    if (how.json) {
        for (const auto& each : story)
            print_json("event", {{"account", life.account},
                                 {"unique_id", life.unique_id},
                                 {"when", config::format_time(each.when)},
                                 {"stage", ledger::name_of(each.stage)},
                                 {"text", each.text}});
        boost::json::object out{{"account", life.account},
                                {"unique_id", life.unique_id},
                                {"here_now", now},
                                {"verified", life.verified},
                                {"why_on_server", why}};
        if (verified_at) out["verified_at"] = config::format_time(*verified_at);
        print_json("explanation", out);
        return;
    }
    std::string out =
        fmt::format("unique-id {} of {}: {}\n", life.unique_id, life.account, ledger::name_of(life.stage));
    if (life.hash) out += "  SHA-256 " + life.hash->text() + " when it was stored\n";
    if (!now.empty()) out += "  now: " + now + "\n";
    if (!life.key.empty()) out += "  kept as " + readable_line(life.key) + "\n";
    if (!life.key.empty())
        out += "  last verified: " +
               (verified_at ? config::format_time(*verified_at)
                            : "never: restante verify " + life.account + " does it") +
               "\n";
    if (life.taken_over) out += "  fetched by another program, before this archive\n";
    if (life.second_copy) out += "  a second copy was found equal" + copy + "\n";
    if (!why.empty()) out += "  on the server: " + why + "\n";
    for (const auto& each : story)
        out += fmt::format("  {}  {}{}{}\n", config::format_time(each.when), ledger::name_of(each.stage),
                           each.text.empty() ? "" : ": ", each.text);
    print(out);
}

/// What must be said of a second copy that was found equal; empty: it is there now.
std::string copy_now(collector::archive_folder& folder, const config::account_configuration& account)
{
    const auto view = collector::look_at_second_copy(folder, account);
    return view.state == collector::second_copy_state::ready && view.folder_is_there
               ? ""
               : ", but it cannot be reached now";
}

/// So that nothing is told of a second copy that is no more.
base::result<> heed_second_copies(collector::archive_folder& folder, ledger::ledger& book)
{
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    for (const auto& name : *names)
        if (const auto account = folder.account(name); account)
            if (auto heeded = collector::heed_second_copy(folder, *account, book); !heeded)
                return base::fail(heeded.error());
    return {};
}

// The lives that a person may mean: of that unique-id, or those that hold the message of that number.
base::result<std::vector<ledger::life>> lives_of(collector::archive_folder& folder, const style& how,
                                                 ledger::ledger& book, const std::string& typed,
                                                 const std::optional<std::string>& account)
{
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    std::vector<ledger::life> out;
    for (const auto& name : *names) {
        if (account && *account != name) continue;
        auto life = book.find(name, typed);
        if (!life) return base::fail(life.error());
        if (*life) out.push_back(std::move(**life));
    }
    if (!out.empty()) return out;
    auto index = open_index(folder, how, account);
    if (!index) return base::fail(index.error());
    const auto found = collector::find_message(folder, **index, typed);
    if (!found) return base::fail(found.error());
    auto lives = book.lives_at(found->entry.account, found->entry.key);
    if (!lives || !lives->empty()) return lives;
    // Another program may have moved it since the last fetch: then its content tells.
    const auto hashed = ledger::hash_kept(*found->mail, found->entry.account, found->entry.key);
    if (!hashed) return base::fail(hashed.error());
    auto same = book.lives_with_hash(hashed->first);
    if (!same) return base::fail(same.error());
    std::erase_if(*same, [&](const ledger::life& life) { return life.account != found->entry.account; });
    return *same;
}

} // namespace

int rebuild(const style& how, const std::vector<std::string>& accounts, bool believe_files)
{
    bool is_index_new = false;
    return for_each_account(how, accounts,
                            [&](auto& folder, const auto& name, auto& display, std::size_t line) {
                                // Damage may show in some words only: whole, it is made once for all accounts.
                                if (!std::exchange(is_index_new, true))
                                    if (auto made = folder.make_index_again(); !made)
                                        return report(made.error());
                                return rebuild_one(how, folder, name, believe_files, display, line);
                            });
}

int explain(const style& how, const std::string& message, const std::optional<std::string>& account)
{
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    auto book = collector::open_or_replace_ledger(*folder);
    if (!book) return report(book.error());
    if (auto heeded = heed_second_copies(*folder, **book); !heeded) return report(heeded.error());
    const auto lives = lives_of(*folder, how, **book, message, account);
    if (!lives) return report(lives.error());
    for (const auto& life : *lives) {
        auto story = (*book)->story(life.account, life.unique_id);
        if (!story) return report(story.error());
        const auto verified_at = ledger::last_verified(**book, life);
        if (!verified_at) return report(verified_at.error());
        const auto settings = folder->account(life.account);
        const auto unshown = archive::unshown_messages::recall(**book, life.account);
        if (!unshown) return report(unshown.error());
        const bool removed = !settings && settings.error().kind == base::failure::unknown_user;
        if (!settings && !removed) return report(settings.error());
        print_life(how, life,
                   {.story = std::move(*story),
                    .now = here_now(*folder, **book, life),
                    .verified_at = *verified_at,
                    .copy = removed ? "" : copy_now(*folder, *settings),
                    .why = removed ? "the account was removed"
                                   : why_on_server(*settings, life, *unshown, folder->clock().now())});
    }
    if (lives->empty()) complain("message " + message + " came from no server: it was imported");
    return EX_OK;
}

int adopt(const style& how, const std::string& account)
{
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    auto desk = collector::open_desk(*folder, account);
    if (!desk) return report(desk.error());
    const auto log = make_log(how);
    const auto settings = folder->account(account);
    if (!settings) return report(settings.error());
    auto link = collector::server_link::make(*folder, *settings, *desk->book,
                                             std::make_shared<net::interrupt>(), *log);
    if (!link) return report(link.error());
    auto session = (*link)->server().sign_in();
    if (!session) return report(session.error());
    progress_display display(folder->clock(), !how.quiet && !how.json);
    const auto line = display.add(account);
    const auto done = archive::adopt(
        account, **session, *desk->book, *desk->mail, folder->clock(),
        [&](std::uint64_t ready, std::uint64_t all) { display.update(line, ready, all, "matching"); },
        nullptr);
    display.clear();
    if (!done) return report(done.error());
    (*session)->quit();
    if (how.json)
        print_json("adoption", {{"account", account},
                                {"listed", done->listed},
                                {"known", done->known},
                                {"adopted", done->adopted},
                                {"unmatched", done->unmatched},
                                {"ambiguous", done->ambiguous},
                                {"sizes_differ", done->sizes_differ},
                                {"untold", done->untold}});
    else if (!how.quiet)
        print(fmt::format(
            "{}: {} listed = {} known + {} adopted + {} new + {} ambiguous + {} of other sizes + {} untold\n",
            account, done->listed, done->known, done->adopted, done->unmatched, done->ambiguous,
            done->sizes_differ, done->untold));
    return EX_OK;
}

int take_over(const style& how, const std::string& account, const std::string& file,
              const std::optional<std::string>& host, const std::optional<std::string>& user)
{
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    auto desk = collector::open_desk(*folder, account);
    if (!desk) return report(desk.error());
    const auto settings = folder->account(account);
    if (!settings) return report(settings.error());
    const auto named = collector::named_file(file);
    if (!named) return report_at(file, named.error());
    auto where = folder->files().open(named->folder);
    if (!where) return report_at(file, where.error());
    const auto contents = disk::read_whole(**where, named->name, state_octets_max);
    if (!contents) return report_at(file, contents.error());
    // getmail's file names tell of whom they are: that is the name that was typed.
    auto state = exchange::read_foreign_state(*contents, collector::part(file).name);
    if (!state) return report_at(file, state.error());
    const auto wanted_host = host.value_or(settings->server.dial.host);
    const auto wanted_user = user.value_or(settings->server.sign_in.user);
    std::vector<exchange::foreign_entry> ours;
    for (auto& each : state->entries)
        if ((each.host.empty() || each.host == wanted_host) &&
            (each.user.empty() || each.user == wanted_user))
            ours.push_back(std::move(each));
    if (ours.empty() && !state->entries.empty()) {
        return error_exit(
            EX_DATAERR,
            fmt::format(
                "{} is {}'s, and has {}@{} among others, but not {}@{}: name them with --host and --user",
                file, exchange::name_of(state->program), state->entries.front().user,
                state->entries.front().host, wanted_user, wanted_host));
    }
    const auto done = exchange::take_over(*desk->book, account, ours, state->program, folder->clock());
    if (!done) return report(done.error());
    if (how.json)
        print_json("take_over", {{"account", account},
                                 {"program", exchange::name_of(state->program)},
                                 {"taken_over", done->taken_over},
                                 {"known", done->known},
                                 {"partial", state->partial},
                                 {"unreadable", state->unreadable}});
    else if (!how.quiet)
        print(fmt::format(
            "{}: {} that {} fetched {} not fetched again, and never deleted on the server; {} {} known, {} could not "
            "be read\n",
            account, base::counted(done->taken_over, "message"), exchange::name_of(state->program),
            base::for_number(done->taken_over, "is", "are"), done->known,
            base::for_number(done->known, "was", "were"), base::counted(state->unreadable, "line")));
    return EX_OK;
}

} // namespace cli::restante
