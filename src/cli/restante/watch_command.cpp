// restante watch: fetches on a schedule, until a signal ends it.
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/service_manager.hpp"
#include "cli/signal_watch.hpp"
#include "cli/terminal.hpp"
#include "collector/ledger_care.hpp"
#include "collector/run_report.hpp"
#include "collector/watching.hpp"
#include "config/values.hpp"

#include <sysexits.h>

namespace cli::restante {

namespace {

/// The exit code of the run.
int print_run(const style& options, const std::string& account,
              const base::result<archive::fetch_report>& done)
{
    if (!done)
        return error_exit(exit_code_of(done.error()),
                          account + ": " + collector::without_account(account, done.error().operator_text));
    if (options.json)
        print_json("run", to_json(*done));
    else if (!options.quiet && (done->stored > 0 || done->deleted > 0 || !done->well()))
        print(to_text(*done, false));
    return exit_code_of(*done);
}

/// That of the last run.
int watch_accounts(collector::archive_folder& folder, const style& options, collector::watch_request request)
{
    int code = EX_OK;
    const auto log = make_log(options);
    collector::watcher watcher(folder, std::move(request),
                               {.began = [] { notify_service_manager("READY=1"); },
                                .ended = [&](const std::string& account,
                                             const auto& done) { code = print_run(options, account, done); }},
                               *log);
    signal_watch signals;
    signals.start([&] { watcher.wake(); }, [&] { watcher.stop(); });
    watcher.work();
    notify_service_manager("STOPPING=1");
    return code;
}

} // namespace

int watch(const style& options, const watch_wish& wish)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    // Before there are threads: a ledger is replaced only while nobody has it open.
    if (auto ready = collector::care_for_ledger(*folder); !ready) return report(ready.error());
    std::optional<std::chrono::seconds> every;
    if (wish.every) {
        const auto given = config::parse_duration(*wish.every);
        if (!given || given->count() == 0) {
            return error_exit(EX_USAGE, "--every is a time such as 15m, not \"" + *wish.every + "\"");
        }
        every = *given;
    }
    auto names = folder->named_or_all(wish.accounts);
    if (!names) return report(names.error());
    for (const auto& name : *names)
        if (auto account = folder->account(name); !account) return report(account.error());
    if (names->empty()) {
        return error_exit(EX_USAGE, "no account yet: run restante account add ADDRESS");
    }
    return watch_accounts(*folder, options, {.accounts = *names, .every = every, .rounds = wish.rounds});
}

} // namespace cli::restante
