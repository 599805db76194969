// Fetching on a schedule: keeps to LOGIN-DELAY, backs off, and tells of new mail and of trouble.
#include "collector/watching.hpp"

#include "collector/indexing.hpp"
#include "collector/run_report.hpp"
#include "deliver/mail_target.hpp"
#include "net/dial/dial.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

namespace collector {

namespace {

constexpr std::uint16_t smtp_port = 25;

std::unique_ptr<deliver::notice> by_mail(archive_folder& folder, const std::string& server,
                                         const std::string& recipient)
{
    const auto address = config::parse_host_and_port(server);
    if (!address) return nullptr;
    deliver::mail_target_settings settings;
    settings.name = "smtp:" + server + " to " + recipient;
    settings.protocol = lmtp::protocol::smtp;
    settings.host = address->host;
    settings.sender = recipient;
    settings.recipients = {recipient};
    net::dial_settings dial;
    dial.host = address->host;
    dial.port = address->port != 0 ? address->port : smtp_port;
    auto opens = [dial] { return net::dial(dial, std::make_shared<net::interrupt>()); };
    return std::make_unique<deliver::mail_notice>(
        std::make_shared<deliver::mail_target>(std::move(settings), std::move(opens), folder.clock()),
        recipient, recipient, folder.clock());
}

} // namespace

notices::notices(archive_folder& folder, base::log& log) : log_(log)
{
    const auto& configuration = folder.configuration();
    // Without a session bus there is no desktop to write on.
    if (configuration.notify_desktop && std::getenv("DBUS_SESSION_BUS_ADDRESS") != nullptr)
        ways_.push_back(std::make_unique<deliver::desktop_notice>());
    if (!configuration.notify_command.empty())
        ways_.push_back(std::make_unique<deliver::command_notice>(configuration.notify_command));
    for (const auto& recipient : configuration.notify_mail)
        if (auto way = by_mail(folder, configuration.notify_smtp, recipient)) ways_.push_back(std::move(way));
}

void notices::new_mail(const std::string& account, std::uint64_t messages)
{
    tell({.kind = deliver::news::kind::new_mail, .account = account, .messages = messages});
}

void notices::trouble(const std::string& account, const std::string& reason)
{
    tell({.kind = deliver::news::kind::trouble, .account = account, .trouble = reason});
}

void notices::tell(const deliver::news& news)
{
    const std::scoped_lock guard(mutex_);
    for (const auto& way : ways_)
        if (auto done = way->tell(news); !done)
            log_.error("notice", {{"account", news.account}, {"trouble", done.error().operator_text}});
}

namespace {

using std::chrono::seconds;

// Trouble that passes by itself: once after a minute, then twice as long each time; a wrong password is tried no
// more than hourly, for a server may lock the account.
constexpr seconds first_pause{60};
constexpr seconds longest_pause{3600};
/// A server that is away for one round is no news.
constexpr unsigned failures_before_notice = 3;

} // namespace

/// What an account's last rounds were like.
struct watcher::course {
    unsigned rounds = 0;
    unsigned failures = 0;
    bool reported = false;
    seconds pause = first_pause;
};

watcher::watcher(archive_folder& folder, watch_request request, watch_calls calls, base::log& log)
    : folder_(folder),
      request_(std::move(request)),
      calls_(std::move(calls)),
      log_(log),
      notices_(folder, log),
      free_(static_cast<std::ptrdiff_t>(folder.configuration().accounts_at_once))
{
}

void watcher::work()
{
    std::vector<std::thread> threads;
    threads.reserve(request_.accounts.size());
    for (const auto& account : request_.accounts)
        threads.emplace_back([this, account] { keep_fetching(account); });
    calls_.began();
    for (auto& thread : threads) thread.join();
}

void watcher::wake()
{
    const std::scoped_lock guard(mutex_);
    ++wakings_;
    changed_.notify_all();
}

void watcher::stop()
{
    if (stops_.stop.exchange(true)) stops_.cut->trip();
    const std::scoped_lock guard(mutex_);
    changed_.notify_all();
}

void watcher::keep_fetching(const std::string& account)
{
    course so_far;
    while (!stops_.stop) {
        const auto wait = round(account, so_far);
        if (request_.rounds > 0 && so_far.rounds >= request_.rounds) return;
        std::unique_lock guard(mutex_);
        const auto before = wakings_;
        changed_.wait_for(guard, wait, [&] { return stops_.stop.load() || wakings_ != before; });
    }
}

// One fetch; how long until the next.
seconds watcher::round(const std::string& account, course& so_far)
{
    free_.acquire();
    const run_wishes wishes{.fetch = {}, .on_progress = {}, .confirm = {}, .tell = folder_.person().note};
    const auto done = run_account(folder_, account, wishes, stops_, log_);
    base::result<> indexed;
    if (done && done->stored > 0) indexed = index_mail(folder_, account, {}, &stops_.stop);
    free_.release();
    ++so_far.rounds;
    {
        const std::scoped_lock guard(mutex_);
        calls_.ended(account, done);
    }
    if (!indexed) folder_.person().note(indexed.error().operator_text);
    return done && done->well() ? after_success(account, *done, so_far)
                                : after_failure(account, done, so_far);
}

seconds watcher::after_success(const std::string& account, const archive::fetch_report& done, course& so_far)
{
    if (done.stored > 0) notices_.new_mail(account, done.stored);
    so_far.failures = 0;
    so_far.reported = false;
    so_far.pause = first_pause;
    return interval_of(account);
}

seconds watcher::after_failure(const std::string& account, const base::result<archive::fetch_report>& done,
                               course& so_far)
{
    const bool temporary = done ? is_temporary(*done) : is_temporary(done.error());
    const auto reason = done ? summary_of(*done) : done.error().operator_text;
    if (done && done->stored > 0) notices_.new_mail(account, done->stored);
    ++so_far.failures;
    if (!so_far.reported && (!temporary || so_far.failures >= failures_before_notice)) {
        notices_.trouble(account, reason);
        so_far.reported = true;
    }
    if (!temporary) return std::max(longest_pause, interval_of(account));
    const auto pause = so_far.pause;
    so_far.pause = std::min(longest_pause, so_far.pause * 2);
    return pause;
}

seconds watcher::interval_of(const std::string& account)
{
    if (request_.every) return *request_.every;
    const auto settings = folder_.account(account);
    return settings && settings->every.count() > 0 ? settings->every : folder_.configuration().every;
}

} // namespace collector
