// restante restore: brings back what is damaged or missing, from the second copy or from the server.
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/restoring.hpp"

#include <fmt/format.h>
#include <sysexits.h>

namespace cli::restante {

namespace {

int print_restoration(const style& how, const std::string& account,
                      const collector::account_restoration& restored)
{
    const archive::restoration& done = restored.done;
    for (const auto& each : done.left) {
        if (how.json)
            print_json("difference", {{"account", account},
                                      {"key", each.key},
                                      {"kind", ledger::name_of(each.kind)},
                                      {"what", each.what},
                                      {"what_to_do", each.what_to_do}});
        else
            print(fmt::format("{}: {}: {}\n    {}\n", account, readable_line(each.key), each.what,
                              each.what_to_do));
    }
    if (how.json)
        print_json("restoration", {{"account", account},
                                   {"restored", done.restored},
                                   {"moved", restored.moved},
                                   {"put_aside", done.put_aside},
                                   {"left", done.left.size()}});
    else if (!how.quiet)
        print(fmt::format("{}: {} restored, {} put aside, {} could not be restored{}\n", account,
                          base::counted(done.restored, "message"),
                          base::counted(done.put_aside, "damaged file"), done.left.size(),
                          restored.moved == 0
                              ? ""
                              : fmt::format("; {} {} here under another name", restored.moved,
                                            base::for_number(restored.moved, "was", "were"))));
    return done.left.empty() ? EX_OK : EX_DATAERR;
}

} // namespace

int restore(const style& how, const std::vector<std::string>& accounts,
            const collector::restore_request& request)
{
    const auto log = make_log(how);
    bool is_known = false;
    const int code =
        for_each_account(how, accounts, [&](auto& folder, const auto& name, auto& display, std::size_t line) {
            const auto restored =
                collector::restore_account(folder, name, request, bar_of(display, line), *log);
            display.clear();
            if (!restored) return report(restored.error());
            is_known = is_known || restored->knows_message;
            return print_restoration(how, name, *restored);
        });
    if (code != EX_OK || request.messages.empty() || is_known) return code;
    return error_exit(EX_DATAERR,
                      "no account knows a message " + request.messages.front() +
                          ": name it by its unique-id, its number in restante list, or the key that restante "
                          "verify tells");
}

} // namespace cli::restante
