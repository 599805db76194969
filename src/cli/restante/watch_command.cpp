// restante watch: fetches on a schedule, keeps to LOGIN-DELAY, backs off, and tells of new mail and of trouble.
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/service_manager.hpp"
#include "cli/signal_watch.hpp"
#include "cli/terminal.hpp"
#include "collector/account_run.hpp"
#include "collector/indexing.hpp"
#include "collector/ledger_care.hpp"
#include "collector/notices.hpp"
#include "collector/run_report.hpp"
#include "config/values.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <semaphore>
#include <thread>

namespace cli::restante {

namespace {

using std::chrono::seconds;

// Trouble that passes by itself: once after a minute, then twice as long each time; a wrong password is tried no
// more than hourly, for a server may lock the account.
constexpr seconds first_pause{60};
constexpr seconds longest_pause{3600};
/// A server that is away for one round is no news.
constexpr unsigned failures_before_notice = 3;
constexpr std::ptrdiff_t at_once_most = 64;

class watcher {
public:
    watcher(collector::archive_folder& folder, const style& how, const watch_wish& wish, seconds every)
        : folder_(folder),
          how_(how),
          wish_(wish),
          every_(every),
          log_(make_log(how)),
          notices_(folder, *log_),
          free_(static_cast<std::ptrdiff_t>(folder.configuration().accounts_at_once))
    {
    }

    int work(const std::vector<std::string>& names)
    {
        signal_watch signals;
        signals.start([this] { wake(); }, [this] { stop(); });
        std::vector<std::thread> threads;
        threads.reserve(names.size());
        for (const auto& name : names) threads.emplace_back([this, name] { keep_fetching(name); });
        notify_service_manager("READY=1");
        for (auto& each : threads) each.join();
        notify_service_manager("STOPPING=1");
        return code_;
    }

private:
    /// What an account's last rounds were like.
    struct course {
        unsigned rounds = 0;
        unsigned failures = 0;
        bool told = false;
        seconds pause = first_pause;
    };

    void stop()
    {
        if (stops_.stop.exchange(true)) stops_.cut->trip();
        const std::scoped_lock guard(mutex_);
        changed_.notify_all();
    }

    // SIGHUP: everyone's round begins now.
    void wake()
    {
        const std::scoped_lock guard(mutex_);
        ++wakings_;
        changed_.notify_all();
    }

    void keep_fetching(const std::string& name)
    {
        course so_far;
        while (!stops_.stop) {
            const auto wait = round(name, so_far);
            if (wish_.rounds > 0 && so_far.rounds >= wish_.rounds) return;
            std::unique_lock guard(mutex_);
            const auto before = wakings_;
            changed_.wait_for(guard, wait, [&] { return stops_.stop.load() || wakings_ != before; });
        }
    }

    // One fetch; how long until the next.
    seconds round(const std::string& name, course& so_far)
    {
        free_.acquire();
        collector::run_wishes wishes;
        wishes.tell = complain;
        const auto done = collector::run_account(folder_, name, wishes, stops_, *log_);
        base::result<> indexed;
        if (done && done->stored > 0) indexed = collector::index_mail(folder_, name, {}, &stops_.stop);
        free_.release();
        ++so_far.rounds;
        tell(name, done);
        if (!indexed) complain(indexed.error().operator_text);
        return done && done->well() ? after_success(name, *done, so_far) : after_failure(name, done, so_far);
    }

    void tell(const std::string& name, const base::result<archive::closing_account>& done)
    {
        const std::scoped_lock guard(mutex_);
        code_ = done ? exit_code_of(*done) : exit_code_of(done.error());
        if (how_.json && done) print_json("run", to_json(*done));
        if (!how_.json && done && !how_.quiet && (done->stored > 0 || done->deleted > 0 || !done->well()))
            print(to_text(*done, false));
        if (!done)
            error_exit(exit_code_of(done.error()),
                       name + ": " + collector::without_account(name, done.error().operator_text));
    }

    seconds after_success(const std::string& name, const archive::closing_account& done, course& so_far)
    {
        if (done.stored > 0) notices_.new_mail(name, done.stored);
        so_far.failures = 0;
        so_far.told = false;
        so_far.pause = first_pause;
        return interval_of(name);
    }

    seconds after_failure(const std::string& name, const base::result<archive::closing_account>& done,
                          course& so_far)
    {
        const bool temporary =
            done ? exit_code_of(*done) == EX_TEMPFAIL : exit_code_of(done.error()) == EX_TEMPFAIL;
        const auto why = done ? collector::summary_of(*done) : done.error().operator_text;
        if (done && done->stored > 0) notices_.new_mail(name, done->stored);
        ++so_far.failures;
        if (!so_far.told && (!temporary || so_far.failures >= failures_before_notice)) {
            notices_.trouble(name, why);
            so_far.told = true;
        }
        if (!temporary) return std::max(longest_pause, interval_of(name));
        const auto pause = so_far.pause;
        so_far.pause = std::min(longest_pause, so_far.pause * 2);
        return pause;
    }

    seconds interval_of(const std::string& name)
    {
        if (wish_.every) return every_;
        const auto account = folder_.account(name);
        return account && account->every.count() > 0 ? account->every : every_;
    }

    collector::archive_folder& folder_;
    const style& how_;
    const watch_wish& wish_;
    const seconds every_;
    std::unique_ptr<base::log> log_;
    collector::notices notices_;
    std::counting_semaphore<at_once_most> free_; ///< accounts that may fetch at once
    collector::stopping stops_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t wakings_ = 0;
    int code_ = EX_OK;
};

} // namespace

int watch(const style& how, const watch_wish& wish)
{
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    // Before there are threads: a ledger is replaced only while nobody has it open.
    if (auto ready = collector::care_for_ledger(*folder); !ready) return report(ready.error());
    auto every = folder->configuration().every;
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
        return error_exit(EX_USAGE, "there is no account yet: restante account add ADDRESS");
    }
    return watcher(*folder, how, wish, every).work(*names);
}

} // namespace cli::restante
