// restante explain, rebuild, adopt, take-over: what the archive knows of its mail, and how it learns it again.
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/named_paths.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/account_care.hpp"
#include "collector/explaining.hpp"
#include "config/values.hpp"
#include "ledger/named_length.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <sysexits.h>

#include <utility>

namespace cli::restante {

namespace {

void print_changed(const style& options, const std::string& account, const ledger::rebuilding& done,
                   bool believed)
{
    if (options.json) return;
    for (const auto& key : done.changed)
        print(fmt::format(
            "{}: {}: {}\n", account, readable_line(key),
            believed ? "its contents changed since it was stored, and are accepted"
                     : "it does not have the contents that were stored; the ledger keeps what it knew"));
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

int rebuild_one(const style& options, collector::archive_folder& folder, const std::string& account,
                bool believe_files, progress_display& display, std::size_t line)
{
    const auto done = collector::rebuild_account(folder, account, believe_files, bar_of(display, line),
                                                 indexing_bars(display));
    display.clear();
    if (!done) return report(done.error());
    print_changed(options, account, *done, believe_files);
    boost::json::array changed, cut;
    for (const auto& key : done->changed) changed.push_back(boost::json::string(key));
    for (const auto& key : done->cut) cut.push_back(boost::json::string(key));
    if (options.json)
        print_json("rebuild", {{"account", account},
                               {"messages", done->messages},
                               {"hashed", done->hashed},
                               {"changed", done->changed.size()},
                               {"changed_keys", std::move(changed)},
                               {"moved", done->moved},
                               {"forgotten", done->forgotten},
                               {"unreadable", done->unreadable},
                               {"cut_keys", std::move(cut)}});
    else if (!options.quiet)
        print(fmt::format("{}: {}, {} hashed; {} changed, {} gone, {} not readable{}\n", account,
                          base::counted(done->messages, "message"), done->hashed, done->changed.size(),
                          done->forgotten, done->unreadable, moved_now_text(done->moved)));
    if (!done->cut.empty() || (!done->changed.empty() && !believe_files)) return EX_DATAERR;
    return done->unreadable > 0 ? exit_not_all_well : EX_OK;
}

void print_explanation(const style& options, const collector::explanation& found)
{
    const auto& [record, events, here_now, verified_at, is_copy_away, reason] = found;
    const std::string now = readable_line(here_now); // it may name a file
    if (options.json) {
        for (const auto& event : events)
            print_json("event", {{"account", record.account},
                                 {"unique_id", record.unique_id},
                                 {"when", config::format_time(event.when)},
                                 {"stage", ledger::name_of(event.stage)},
                                 {"text", event.text}});
        boost::json::object out{{"account", record.account},
                                {"unique_id", record.unique_id},
                                {"here_now", now},
                                {"verified", record.verified},
                                {"why_on_server", reason}};
        if (verified_at) out["verified_at"] = config::format_time(*verified_at);
        print_json("explanation", out);
        return;
    }
    std::string out = fmt::format("unique-id {} of {}: {}\n", record.unique_id, record.account,
                                  ledger::name_of(record.stage));
    if (record.hash) out += "  SHA-256 " + record.hash->text() + " when it was stored\n";
    if (!now.empty()) out += "  now: " + now + "\n";
    if (!record.key.empty()) out += "  kept as " + readable_line(record.key) + "\n";
    if (!record.key.empty())
        out += "  last verified: " +
               (verified_at ? config::format_time(*verified_at)
                            : "never: restante verify " + record.account + " does it") +
               "\n";
    if (record.taken_over) out += "  fetched by another program, before this archive\n";
    if (record.second_copy)
        out += std::string("  a second copy was found equal") +
               (is_copy_away ? ", but it cannot be reached now" : "") + "\n";
    if (!reason.empty()) out += "  on the server: " + reason + "\n";
    for (const auto& event : events)
        out += fmt::format("  {}  {}{}{}\n", config::format_time(event.when), ledger::name_of(event.stage),
                           event.text.empty() ? "" : ": ", event.text);
    print(out);
}

} // namespace

int rebuild(const style& options, const std::vector<std::string>& accounts, bool believe_files)
{
    bool is_index_new = false;
    return for_each_account(options, accounts,
                            [&](auto& folder, const auto& name, auto& display, std::size_t line) {
                                // Damage may show in some words only: whole, it is made once for all accounts.
                                if (!std::exchange(is_index_new, true))
                                    if (auto made = folder.make_index_again(); !made)
                                        return report(made.error());
                                return rebuild_one(options, folder, name, believe_files, display, line);
                            });
}

int explain(const style& options, const std::string& message, const std::optional<std::string>& account)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    progress_display display(folder->clock(), !options.quiet && !options.json);
    const auto count = collector::explain(*folder, {.message = message, .account = account},
                                          indexing_bars(display), [&](const collector::explanation& found) {
                                              display.clear();
                                              print_explanation(options, found);
                                          });
    display.clear();
    if (!count) return report(count.error());
    if (*count == 0) complain("message " + message + " was imported, so it has no server history");
    return EX_OK;
}

int adopt(const style& options, const std::string& account)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    const auto log = make_log(options);
    progress_display display(folder->clock(), !options.quiet && !options.json);
    const auto done = collector::adopt_account(*folder, account, bar_of(display, display.add(account)), *log);
    display.clear();
    if (!done) return report(done.error());
    if (options.json)
        print_json("adoption", {{"account", account},
                                {"listed", done->listed},
                                {"known", done->known},
                                {"adopted", done->adopted},
                                {"unmatched", done->unmatched},
                                {"ambiguous", done->ambiguous},
                                {"sizes_differ", done->sizes_differ},
                                {"untold", done->untold}});
    else if (!options.quiet)
        print(fmt::format(
            "{}: {} listed = {} known + {} adopted + {} new + {} ambiguous + {} of other sizes + {} untold\n",
            account, done->listed, done->known, done->adopted, done->unmatched, done->ambiguous,
            done->sizes_differ, done->untold));
    return EX_OK;
}

int take_over(const style& options, const std::string& account, const collector::take_over_request& request)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    auto desk = collector::open_desk(*folder, account);
    if (!desk) return report(desk.error());
    const auto state = collector::read_state_file(*folder, request.file);
    if (!state) return report_at(request.file, state.error());
    const auto done = collector::take_over(*folder, *desk, *state, request);
    if (!done) return report(done.error());
    if (options.json)
        print_json("take_over", {{"account", account},
                                 {"program", exchange::name_of(state->program)},
                                 {"taken_over", done->taken_over},
                                 {"known", done->known},
                                 {"partial", state->partial},
                                 {"unreadable", state->unreadable}});
    else if (!options.quiet)
        print(fmt::format(
            "{}: {} that {} fetched {} not fetched again, and never deleted on the server; {} {} known, {} could not "
            "be read\n",
            account, base::counted(done->taken_over, "message"), exchange::name_of(state->program),
            base::for_number(done->taken_over, "is", "are"), done->known,
            base::for_number(done->known, "was", "were"), base::counted(state->unreadable, "line")));
    return EX_OK;
}

} // namespace cli::restante
