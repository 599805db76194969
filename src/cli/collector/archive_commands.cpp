// restante init, passphrase, status: the archive as a whole.
#include "archive/exposure.hpp"
#include "cli/collector/commands.hpp"
#include "cli/collector/ledger_care.hpp"
#include "cli/collector/passphrase.hpp"
#include "cli/collector/progress_display.hpp"
#include "cli/collector/reporting.hpp"
#include "cli/terminal.hpp"
#include "cli/values.hpp"

#include <fmt/format.h>
#include <sysexits.h>

namespace cli::collector {

namespace {

std::string ago(base::wall_time when, base::wall_time now)
{
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(now - when);
    return minutes.count() > 0 ? format_duration(minutes) + " ago" : "just now";
}

boost::json::object state_json(const std::string& account, const std::optional<archive::run_note>& last,
                               const archive::exposure& exposed)
{
    boost::json::object out{{"account", account},
                            {"messages", exposed.held.messages},
                            {"octets", exposed.held.octets},
                            {"in_second_copy", exposed.in_second_copy.messages},
                            {"on_server", exposed.on_server.messages},
                            {"at_risk_messages", exposed.at_risk.messages},
                            {"at_risk_octets", exposed.at_risk.octets}};
    if (!last) return out;
    out["last_run"] = format_time(last->when);
    out["last_run_well"] = last->well;
    out["last_run_text"] = last->text;
    if (last->last_well) out["last_well"] = format_time(*last->last_well);
    return out;
}

int status_of(const style& how, archive_folder& folder, archive::ledger& book, const std::string& account,
              table& into)
{
    const auto last = book.last_run(account);
    if (!last) return report(last.error());
    const auto exposed = archive::exposure_of(account, book);
    if (!exposed) return report(exposed.error());
    if (how.json) print_json(state_json(account, *last, *exposed));
    const auto now = folder.clock().now();
    into.add({account, std::to_string(exposed->held.messages),
              rounded_octets(static_cast<double>(exposed->held.octets)),
              *last ? ago((*last)->when, now) : "never", *last ? (*last)->text : "",
              fmt::format("{} ({}B)", exposed->at_risk.messages,
                          rounded_octets(static_cast<double>(exposed->at_risk.octets)))});
    return *last && !(*last)->well ? exit_not_all_well : EX_OK;
}

} // namespace

int init(const style& how, bool encrypted, const std::string& passphrase_command)
{
    if (archive_folder::is_there(how.archive)) {
        complain("there is an archive in " + how.archive + " already");
        return EX_CANTCREAT;
    }
    archive_configuration wanted;
    wanted.encrypted = encrypted;
    wanted.passphrase_command = passphrase_command;
    std::string passphrase;
    if (encrypted) {
        auto given = new_passphrase(passphrase_command);
        if (!given) return report(given.error());
        passphrase = std::move(*given);
    }
    const auto made = archive_folder::make(how.archive, wanted, passphrase);
    if (!made) return report(made.error());
    if (!how.quiet)
        print("made: " + (*made)->path() +
              (encrypted ? ", encrypted; without its passphrase nobody can read it, nor can you\n" : "\n"));
    return EX_OK;
}

int change_passphrase(const style& how)
{
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    if (!folder->encrypted()) {
        complain(folder->path() + " is not encrypted, so it has no passphrase");
        return EX_USAGE;
    }
    auto given = new_passphrase("");
    if (!given) return report(given.error());
    if (auto done = folder->change_passphrase(*given); !done) return report(done.error());
    if (!how.quiet) print("the passphrase is changed\n");
    return EX_OK;
}

int status(const style& how)
{
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    const auto names = folder->account_names();
    if (!names) return report(names.error());
    auto book = open_or_replace_ledger(*folder, complain);
    if (!book) return report(book.error());
    table out({"ACCOUNT", "MESSAGES", "OCTETS", "LAST RUN", "WHICH SAID", "LOST WITH THIS DISK"});
    for (const auto& name : *names) code = worse(code, status_of(how, *folder, **book, name, out));
    if (!how.json) print(out.text(output_is_terminal()));
    return code;
}

} // namespace cli::collector
