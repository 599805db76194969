// restante fetch: the accounts side by side, a bar for each, and an account of every message at the end.
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/signal_watch.hpp"
#include "cli/terminal.hpp"
#include "collector/fetching.hpp"
#include "collector/run_report.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <mutex>

namespace cli::restante {

namespace {

std::string question_about(const archive::deletion_plan& plan)
{
    return fmt::format("{}: delete {} of {} on the server? Policy: {}. This is asked because {}.",
                       plan.account, plan.to_delete, base::counted(plan.on_server, "message"), plan.policy,
                       plan.reason);
}

// What is printed and asked while accounts run side by side.
class fetch_talk {
public:
    fetch_talk(const base::clock& clock, const style& options)
        : how_(options), display_(clock, !options.quiet && !options.json && !options.verbose)
    {
    }

    int work(collector::archive_folder& folder, const std::vector<std::string>& accounts,
             const archive::fetch_wish& wish)
    {
        signal_watch signals;
        signals.start([] {}, [this] { stop(); });
        const auto log = make_log(how_);
        const collector::fetch_calls calls{
            .began = [this](const std::string& account) { display_.add(account); },
            .progress =
                [this](const std::string& account, const archive::progress& now) {
                    display_.update(display_.line_of(account), now);
                },
            .confirm =
                [this](const archive::deletion_plan& plan) {
                    const std::scoped_lock guard(talking_);
                    return agree(how_, question_about(plan), &stops_.stop);
                },
            .tell =
                [this](const std::string& text) {
                    const std::scoped_lock guard(talking_);
                    if (!how_.quiet) complain(text);
                },
            .ended = [this](const std::string& account,
                            const base::result<archive::fetch_report>& done) { print_run(account, done); }};
        collector::fetch(folder, accounts, wish, calls, stops_, *log);
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

    void print_run(const std::string& account, const base::result<archive::fetch_report>& done)
    {
        display_.finish(display_.line_of(account));
        const std::scoped_lock guard(talking_);
        code_ = worse(code_, done ? exit_code_of(*done) : exit_code_of(done.error()));
        if (!done) {
            error_exit(exit_code_of(done.error()),
                       account + ": " + collector::without_account(account, done.error().operator_text));
            if (how_.json)
                print_json("run", {{"account", account},
                                   {"well", false},
                                   {"trouble", done.error().operator_text},
                                   {"temporary", done.error().temporary}});
        } else if (how_.json) {
            print_json("run", to_json(*done));
        } else if (!how_.quiet || !done->well()) {
            print(to_text(*done, how_.verbose));
        }
    }

    const style& how_;
    progress_display display_;
    collector::stopping stops_;
    std::mutex talking_;
    int code_ = EX_OK;
};

} // namespace

int fetch(const style& options, const collector::fetch_request& request)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    const auto accounts = collector::prepare_fetch(*folder, request);
    if (!accounts) return report(accounts.error());
    if (accounts->empty()) return error_exit(EX_USAGE, "no account yet: run restante account add ADDRESS");
    return fetch_talk(folder->clock(), options).work(*folder, *accounts, request.wish);
}

} // namespace cli::restante
