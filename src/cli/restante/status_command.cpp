// restante status: how each account is, and what would be lost with this disk.
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/status.hpp"
#include "config/values.hpp"

#include <fmt/format.h>
#include <sysexits.h>

namespace cli::restante {

namespace {

std::string ago(base::wall_time when, base::wall_time now)
{
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(now - when);
    return minutes.count() > 0 ? config::format_duration(minutes) + " ago" : "just now";
}

std::string_view name_of(collector::second_copy_state state)
{
    using enum collector::second_copy_state;
    switch (state) {
    case none: return "none";
    case ready: return "ready";
    case away: return "away";
    case not_begun: return "not-begun";
    case foreign: return "foreign";
    case older: return "older";
    case same_disk: return "same-disk";
    }
    return "";
}

bool has_second_copy(const collector::account_status& status)
{
    return status.copy.view.state != collector::second_copy_state::none;
}

boost::json::object copy_json(const collector::copy_status& copy)
{
    boost::json::object out{{"path", copy.view.path},
                            {"state", name_of(copy.view.state)},
                            {"counts", copy.counts()},
                            {"messages", copy.messages}};
    if (copy.verified_at) out["verified_at"] = config::format_time(*copy.verified_at);
    if (copy.view.trouble) out["trouble"] = copy.view.trouble->operator_text;
    return out;
}

std::string copy_text(const std::string& account, const collector::copy_status& copy, base::wall_time now)
{
    const auto since = copy.verified_at ? "read whole " + ago(*copy.verified_at, now) + " (" +
                                              config::format_time(*copy.verified_at) + ")"
                                        : std::string("not read whole yet: restante verify does that");
    if (copy.view.trouble)
        return fmt::format("{}: {}; {} {} verified there, not checked since {}\n", account,
                           copy.view.trouble->operator_text, base::counted(copy.messages, "message"),
                           base::for_number(copy.messages, "was", "were"),
                           copy.verified_at ? config::format_time(*copy.verified_at) : "they were copied");
    if (!copy.view.folder_is_there)
        return fmt::format("{}: second copy in {}: its folder is not there, so nothing in it counts\n",
                           account, copy.view.path);
    if (copy.view.on_same_disk)
        return fmt::format("{}: second copy in {}: on the same disk as the mail, so it does not count; {}\n",
                           account, copy.view.path, since);
    if (!copy.view.key_is_there)
        return fmt::format(
            "{}: second copy in {}: the key of this archive is not there, or an older one, so nothing in "
            "it counts: restante verify puts it there\n",
            account, copy.view.path);
    return fmt::format("{}: second copy in {}: {} verified there; {}\n", account, copy.view.path,
                       base::counted(copy.messages, "message"), since);
}

boost::json::object status_json(const collector::account_status& status)
{
    const auto& exposed = status.exposed;
    boost::json::object out{{"account", status.account},
                            {"messages", exposed.held.messages},
                            {"octets", exposed.held.octets},
                            {"in_second_copy", exposed.in_second_copy.messages},
                            {"on_server", exposed.on_server.messages},
                            {"at_risk_messages", exposed.at_risk.messages},
                            {"at_risk_octets", exposed.at_risk.octets}};
    if (has_second_copy(status)) out["second_copy"] = copy_json(status.copy);
    const auto& last = status.last_run;
    if (!last) return out;
    out["last_run"] = config::format_time(last->when);
    out["last_run_well"] = last->well;
    out["last_run_text"] = last->text;
    if (last->last_well) out["last_well"] = config::format_time(*last->last_well);
    return out;
}

std::vector<std::string> status_row(const collector::account_status& status, base::wall_time now)
{
    const auto& [account, last, exposed, copy, server_unknown] = status;
    return {account,
            std::to_string(exposed.held.messages),
            rounded_octets(static_cast<double>(exposed.held.octets)),
            last ? ago(last->when, now) : "never",
            last ? last->text : "",
            fmt::format("{} ({}B)", exposed.at_risk.messages,
                        rounded_octets(static_cast<double>(exposed.at_risk.octets)))};
}

/// Sentences below the table; none where there is nothing to add.
std::string further_text(const collector::account_status& status, base::wall_time now)
{
    std::string out;
    if (status.server_unknown)
        out = fmt::format("{0}: the ledger was rebuilt, and nothing is known to be on the server until "
                          "it is listed: restante fetch {0}\n",
                          status.account);
    if (has_second_copy(status)) out += copy_text(status.account, status.copy, now);
    return out;
}

void print_status(const collector::archive_status& status, base::wall_time now)
{
    table rows({"ACCOUNT", "MESSAGES", "SIZE", "LAST RUN", "RESULT", "ONLY ON THIS DISK"});
    std::string below;
    for (const auto& account : status.accounts) {
        rows.add(status_row(account, now));
        below += further_text(account, now);
    }
    print(rows);
    print(below);
}

} // namespace

int status(const style& options)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    const auto status = collector::status(*folder);
    if (!status) return report(status.error());
    for (const auto& error : status->troubles) code = worse(code, report(error));
    for (const auto& account : status->accounts) {
        if (options.json) print_json("status", status_json(account));
        if (account.last_run && !account.last_run->well) code = worse(code, exit_not_all_well);
    }
    if (!options.json) print_status(*status, folder->clock().now());
    return code;
}

} // namespace cli::restante
