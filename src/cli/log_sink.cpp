// Where the events of a running daemon go: one event, one line, one write.
#include "cli/log_sink.hpp"

#include "config/values.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <ctime>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace cli {

namespace {

struct target {
    config::configuration::log_values settings;
    net::descriptor out;
};

base::error cannot_open(const std::string& path, const std::string& reason)
{
    return {base::failure::storage, false, "the log cannot be opened",
            "log.file " + path + " cannot be opened: " + reason};
}

std::string reason_of(int number)
{
    if (number == ELOOP) return "it is a symbolic link, which the log does not follow; name the file itself";
    if (number == ENXIO) return "it is a FIFO or a socket that nobody reads; start its reader first";
    return std::string(std::strerror(number)) + "; make its folder, and let the daemon's user write there";
}

/// No link is followed: who may write to the folder must not choose what root appends to. A FIFO is not waited for.
base::result<net::descriptor> open_file(const std::string& path)
{
    constexpr mode_t owner_and_group = 0640;
    net::descriptor out(::open(
        path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, owner_and_group));
    struct stat status{};
    if (!out.valid() || ::fstat(out.get(), &status) != 0)
        return base::fail(cannot_open(path, reason_of(errno)));
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
        return base::fail(cannot_open(path, "it is neither a regular file nor a FIFO; name one"));
    if (S_ISREG(status.st_mode) && status.st_nlink > 1)
        return base::fail(cannot_open(path, "it has another name too (a hard link); name a file of its own"));
    return out;
}

base::result<std::shared_ptr<const target>> open_target(const config::configuration::log_values& settings,
                                                        const std::string& file_path)
{
    auto out = std::make_shared<target>(settings);
    if (settings.target == config::log_target::file) {
        auto file = open_file(file_path);
        if (!file) return base::fail(file.error());
        out->out = *std::move(file);
    } else {
        // Where there is no standard error, every line counts as dropped.
        out->out = net::descriptor(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
    }
    return out;
}

// "2026-11-24T15:00:00.123Z"
std::string time_with_milliseconds(base::wall_time now)
{
    auto text = config::format_time(now);
    text.pop_back();
    const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    const auto fraction = std::to_string(1000 + since_epoch.count() % 1000);
    return text.append(".").append(fraction, 1, 3).append("Z");
}

// The priorities of syslog(3).
char journal_priority(base::severity level)
{
    switch (level) {
    case base::severity::debug: return '7';
    case base::severity::info: return '6';
    case base::severity::notice: return '5';
    case base::severity::warning: return '4';
    case base::severity::error: return '3';
    }
    return '3';
}

std::string format_line(const config::configuration::log_values& settings, base::wall_time now,
                        base::severity level, std::string_view event, std::span<const base::field> fields)
{
    const bool journal = settings.target == config::log_target::journal;
    const auto time = journal ? std::string() : time_with_milliseconds(now);
    std::string line;
    if (journal) line.append("<").append(1, journal_priority(level)).append(">");
    if (settings.format == config::log_format::key_value) {
        if (!journal) line.append(time).append(" ").append(base::name_of(level)).append(" ");
        return line + base::format_key_value(event, fields);
    }
    std::vector<base::field> entries;
    if (!journal) entries.push_back({"time", std::string_view(time)});
    entries.push_back({"level", base::name_of(level)});
    entries.insert(entries.end(), fields.begin(), fields.end());
    return line + base::format_json(event, entries);
}

} // namespace

struct log_sink::state {
    state(const base::clock& present, std::shared_ptr<const target> first)
        : clock(present), now(std::move(first)), writer([this](std::uint64_t count) { return report(count); })
    {
    }

    std::shared_ptr<const target> present_target() const
    {
        const std::lock_guard hold(mutex);
        return now;
    }

    log_writer::line line(std::shared_ptr<const target> destination, base::severity level,
                          std::string_view event, std::span<const base::field> fields) const
    {
        auto text = format_line(destination->settings, clock.now(), level, event, fields) + "\n";
        const auto* out = &destination->out;
        return {log_writer::output(std::move(destination), out), std::move(text)};
    }

    log_writer::line report(std::uint64_t count) const
    {
        const base::field field{"count", count};
        return line(present_target(), base::severity::warning, "log-lines-dropped", {&field, 1});
    }

    const base::clock& clock;
    mutable std::mutex mutex; // over `now`
    std::shared_ptr<const target> now;
    log_writer writer; // last: it writes what is queued before the others go
};

log_sink::log_sink(std::unique_ptr<state> opened) : state_(std::move(opened)) {}
log_sink::~log_sink() = default;

base::result<std::unique_ptr<log_sink>> log_sink::open(const config::configuration::log_values& settings,
                                                       const std::string& file_path, const base::clock& clock)
{
    auto opened = open_target(settings, file_path);
    if (!opened) return base::fail(opened.error());
    return std::unique_ptr<log_sink>(new log_sink(std::make_unique<state>(clock, *std::move(opened))));
}

void log_sink::begin()
{
    state_->writer.begin();
    state_->writer.outlive_crashes();
}

void log_sink::write(base::severity level, std::string_view event, std::span<const base::field> fields)
{
    auto destination = state_->present_target();
    if (level < destination->settings.level) return;
    state_->writer.write(state_->line(std::move(destination), level, event, fields));
}

base::result<> log_sink::change(const config::configuration::log_values& settings,
                                const std::string& file_path)
{
    auto opened = open_target(settings, file_path);
    if (!opened) return base::fail(opened.error());
    const std::lock_guard hold(state_->mutex);
    state_->now.swap(*opened);
    return {};
}

std::uint64_t log_sink::lines_dropped() const
{
    return state_->writer.dropped();
}

namespace {

/// How soon a thread that waits for its reader notices that it is to give up.
constexpr std::chrono::milliseconds look_again{100};

/// How many lines are not written yet: the only thing that a signal handler may look at, so it is not in an object.
std::atomic<const std::atomic<std::size_t>*> lines_of_the_dying{nullptr};

extern "C" void let_lines_out(int signal)
{
    constexpr timespec moment{0, 10'000'000};
    constexpr int moments = 100;
    const auto* waiting = lines_of_the_dying.load();
    for (int i = 0; i < moments && waiting != nullptr && waiting->load() > 0; ++i)
        static_cast<void>(nanosleep(&moment, nullptr)); // a shorter rest does no harm
    static_cast<void>(std::raise(signal));              // SA_RESETHAND: this time it kills
}

} // namespace

struct log_writer::state {
    struct queued {
        line content;
        std::uint64_t reports = 0; ///< how many dropped lines it stands for; 0 for a line of its own
    };

    explicit state(report maker) : make_report(std::move(maker)) {}

    void add(queued added);
    void lose(const queued& lost);
    void run();
    bool put(const queued& out);
    bool is_writable(int descriptor) const;
    void after_writing(const queued& out, bool written);

    const report make_report;
    mutable std::mutex mutex; // over all below
    std::condition_variable arrived, ended;
    std::deque<queued> lines;
    std::size_t octets = 0;
    bool full = false; ///< until half of it is free, so that reports stay rare
    std::uint64_t unreported = 0, dropped = 0;
    bool ending = false, over = false;

    std::atomic<std::size_t> waiting{0}; ///< in the queue or being written
    std::atomic<bool> given_up{false};
    bool torn = false; ///< writing thread only: the last line lacks its end
};

log_writer::log_writer(report dropped) : state_(std::make_shared<state>(std::move(dropped))) {}

log_writer::~log_writer()
{
    const auto* mine = &state_->waiting;
    lines_of_the_dying.compare_exchange_strong(mine, nullptr);
    begin(); // lines that came before the start; nothing where it runs already
    std::unique_lock lock(state_->mutex);
    state_->ending = true;
    state_->arrived.notify_all();
    const auto is_over = [this] { return state_->over; };
    if (state_->ended.wait_for(lock, end_limit, is_over)) return;
    state_->given_up = true; // under the lock: no report is made after this
    state_->ended.wait_for(lock, 2 * look_again,
                           is_over); // it may hang in the kernel: then it is left behind
}

void log_writer::begin()
{
    if (std::exchange(begun_, true)) return;
    std::thread([shared = state_] { shared->run(); }).detach();
}

void log_writer::write(line added)
{
    state_->add({std::move(added)});
}

std::uint64_t log_writer::dropped() const
{
    const std::lock_guard lock(state_->mutex);
    return state_->dropped;
}

void log_writer::outlive_crashes()
{
    lines_of_the_dying = &state_->waiting;
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
        struct sigaction action{};
        if (sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
        action.sa_handler = let_lines_out;
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        static_cast<void>(sigaction(signal, &action, nullptr)); // fails only for a number that is no signal
    }
}

void log_writer::state::add(queued added)
{
    const std::lock_guard lock(mutex);
    full = full || lines.size() >= lines_max || octets + added.content.text.size() > octets_max;
    if (full) return lose(added);
    octets += added.content.text.size();
    ++waiting;
    lines.push_back(std::move(added));
    arrived.notify_one();
}

void log_writer::state::lose(const queued& lost)
{
    unreported += std::max<std::uint64_t>(lost.reports, 1);
    if (lost.reports == 0) ++dropped;
}

void log_writer::state::run()
{
    std::unique_lock lock(mutex);
    for (;;) {
        arrived.wait(lock, [this] { return ending || !lines.empty(); });
        if (lines.empty() || given_up) break;
        auto next = std::move(lines.front());
        lines.pop_front();
        octets -= next.content.text.size();
        lock.unlock();
        const bool written = put(next);
        lock.lock();
        after_writing(next, written);
    }
    over = true;
    ended.notify_all();
}

void log_writer::state::after_writing(const queued& out, bool written)
{
    --waiting;
    if (!written) lose(out);
    const bool room = lines.size() <= lines_max / 2 && octets <= octets_max / 2;
    if (room) full = false;
    if (!room || !written || unreported == 0 || given_up) return;
    auto& added = lines.emplace_back(make_report(unreported), unreported);
    octets += added.content.text.size();
    ++waiting;
    unreported = 0;
}

/// A line in one write, so that others who write there cannot come between. What is longer than PIPE_BUF goes in
/// pieces: a pipe or a socket that is said to be writable takes that much without making us wait.
bool log_writer::state::put(const queued& out)
{
    const auto whole = torn ? "\n" + out.content.text : out.content.text;
    std::string_view rest = whole;
    while (!rest.empty() && is_writable(out.content.destination->get())) {
        const auto octets_now = std::min<std::size_t>(rest.size(), PIPE_BUF);
        const auto written = ::write(out.content.destination->get(), rest.data(), octets_now);
        if (written < 0 && errno != EINTR && errno != EAGAIN) break;
        if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (rest.size() < whole.size()) torn = !rest.empty();
    return rest.empty();
}

bool log_writer::state::is_writable(int descriptor) const
{
    while (!given_up) {
        pollfd watched{descriptor, POLLOUT, 0};
        const int ready = ::poll(&watched, 1, static_cast<int>(look_again.count()));
        if (ready > 0) return true; // an error too: write() says which
        if (ready < 0 && errno != EINTR) return false;
    }
    return false;
}

} // namespace cli
