// restante init, passphrase, status: the archive as a whole.
#include "archive/exposure.hpp"
#include "cli/collector/commands.hpp"
#include "cli/collector/ledger_care.hpp"
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
    return format_duration(std::chrono::duration_cast<std::chrono::minutes>(now - when)) + " ago";
}

boost::json::object to_json(const std::string& account, const std::optional<archive::run_note>& last,
                            const archive::exposure& exposed)
{
    boost::json::object out{{"account", account},
                            {"messages", exposed.messages},
                            {"octets", exposed.octets},
                            {"here_only_messages", exposed.here_only_messages},
                            {"here_only_octets", exposed.here_only_octets}};
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
    const auto exposed = archive::measure_exposure(book, account);
    if (!exposed) return report(exposed.error());
    if (how.json) print_json(to_json(account, *last, *exposed));
    const auto now = folder.clock().now();
    into.add({account, std::to_string(exposed->messages),
              rounded_octets(static_cast<double>(exposed->octets)), *last ? ago((*last)->when, now) : "never",
              *last ? (*last)->text : "",
              fmt::format("{} ({}B)", exposed->here_only_messages,
                          rounded_octets(static_cast<double>(exposed->here_only_octets)))});
    return *last && !(*last)->well ? exit_not_all_well : EX_OK;
}

} // namespace

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
