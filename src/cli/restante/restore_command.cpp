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

int print_restoration(const style& options, const std::string& account,
                      const collector::account_restoration& restored)
{
    const archive::restoration& done = restored.done;
    for (const auto& difference : done.left) {
        if (options.json)
            print_json("difference", {{"account", account},
                                      {"key", difference.key},
                                      {"kind", ledger::name_of(difference.kind)},
                                      {"what", difference.description},
                                      {"what_to_do", difference.what_to_do}});
        else
            print(fmt::format("{}: {}: {}\n    {}\n", account, readable_line(difference.key),
                              difference.description, difference.what_to_do));
    }
    if (options.json)
        print_json("restoration", {{"account", account},
                                   {"restored", done.restored},
                                   {"moved", restored.moved},
                                   {"put_aside", done.put_aside},
                                   {"left", done.left.size()}});
    else if (!options.quiet)
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

int restore(const style& options, const std::vector<std::string>& accounts,
            const collector::restore_request& request)
{
    const auto log = make_log(options);
    bool is_known = false;
    const int code = for_each_account(
        options, accounts, [&](auto& folder, const auto& name, auto& display, std::size_t line) {
            const auto restored =
                collector::restore_account(folder, name, request, bar_of(display, line), *log);
            display.clear();
            if (!restored) return report(restored.error());
            is_known = is_known || restored->knows_message;
            return print_restoration(options, name, *restored);
        });
    if (code != EX_OK || request.messages.empty() || is_known) return code;
    return error_exit(EX_DATAERR,
                      "no account knows a message " + request.messages.front() +
                          ": name it by its unique-id, its number in restante list, or the key that restante "
                          "verify reports");
}

} // namespace cli::restante
