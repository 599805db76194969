// restante fetch: the accounts side by side, a bar for each, and an account of every message at the end.
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/signal_watch.hpp"
#include "cli/terminal.hpp"
#include "collector/account_run.hpp"
#include "collector/ledger_care.hpp"
#include "collector/run_report.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <iostream>
#include <mutex>
#include <thread>

namespace cli::restante {

namespace {

std::string question_about(const archive::deletion_plan& plan)
{
    return fmt::format("{}: delete {} of {} on the server? Policy: {}. This is asked because {}.",
                       plan.account, plan.to_delete, base::counted(plan.on_server, "message"), plan.policy,
                       plan.why);
}

// Takes accounts one after another, for as many threads as may work at once.
class fetch_crew {
public:
    fetch_crew(collector::archive_folder& folder, const style& how, const fetch_wishes& wish,
               std::vector<std::string> names)
        : folder_(folder),
          how_(how),
          wish_(wish),
          names_(std::move(names)),
          log_(make_log(how)),
          display_(folder.clock(), !how.quiet && !how.json && !how.verbose)
    {
    }

    int work()
    {
        signal_watch signals;
        signals.start([] {}, [this] { stop(); });
        std::vector<std::thread> crew;
        const auto size = std::min<std::size_t>(names_.size(), folder_.configuration().accounts_at_once);
        for (std::size_t at = 1; at < size; ++at) crew.emplace_back([this] { take_accounts(); });
        take_accounts();
        for (auto& each : crew) each.join();
        return code_;
    }

private:
    // The first time in good order: what is on its way is finished and what was marked is settled with the server.
    void stop()
    {
        if (stops_.stop.exchange(true)) {
            stops_.cut->trip();
            return;
        }
        const std::unique_lock guard(talking_, std::try_to_lock); // a question may wait for its answer
        if (guard && !how_.quiet) complain("finishing what is under way; Ctrl-C again cuts it off");
    }

    void take_accounts()
    {
        for (std::size_t at = next_++; at < names_.size() && !stops_.stop; at = next_++) take(names_[at]);
    }

    void take(const std::string& name)
    {
        const auto line = display_.add(name);
        collector::run_wishes wishes;
        wishes.fetch = {.dry_run = wish_.dry_run,
                        .believe_listing = wish_.believe_listing,
                        .believe_clock = wish_.believe_clock};
        wishes.on_progress = [&](const archive::progress& now) { display_.update(line, now); };
        wishes.confirm = [&](const archive::deletion_plan& plan) {
            const std::scoped_lock guard(talking_);
            return agree(how_, question_about(plan), &stops_.stop);
        };
        wishes.tell = [&](const std::string& text) {
            const std::scoped_lock guard(talking_);
            if (!how_.quiet) complain(text);
        };
        const auto done = collector::run_account(folder_, name, wishes, stops_, *log_);
        display_.finish(line);
        tell(name, done);
    }

    void tell(const std::string& name, const base::result<archive::closing_account>& done)
    {
        const std::scoped_lock guard(talking_);
        code_ = worse(code_, done ? exit_code_of(*done) : exit_code_of(done.error()));
        if (!done) {
            error_exit(exit_code_of(done.error()),
                       name + ": " + collector::without_account(name, done.error().operator_text));
            if (how_.json)
                print_json("run", {{"account", name},
                                   {"well", false},
                                   {"trouble", done.error().operator_text},
                                   {"temporary", done.error().temporary}});
        } else if (how_.json) {
            print_json("run", to_json(*done));
        } else if (!how_.quiet || !done->well()) {
            print(to_text(*done, how_.verbose));
        }
    }

    collector::archive_folder& folder_;
    const style& how_;
    const fetch_wishes& wish_;
    std::vector<std::string> names_;
    std::unique_ptr<base::log> log_;
    progress_display display_;
    collector::stopping stops_;
    std::atomic<std::size_t> next_{0};
    std::mutex talking_;
    int code_ = EX_OK;
};

} // namespace

int fetch(const style& how, const fetch_wishes& wish)
{
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    // Before there are threads: a ledger is replaced only while nobody has it open.
    if (!wish.dry_run)
        if (auto ready = collector::care_for_ledger(*folder); !ready) return report(ready.error());
    auto names = folder->named_or_all(wish.accounts);
    if (!names) return report(names.error());
    if (names->empty()) {
        return error_exit(EX_USAGE, "there is no account yet: restante account add ADDRESS");
    }
    return fetch_crew(*folder, how, wish, std::move(*names)).work();
}

} // namespace cli::restante
