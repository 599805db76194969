// Lines go out one by one; a descriptor that takes nothing holds up this thread and no other.
#include "cli/log_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace cli {

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
        line what;
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
    full = full || lines.size() >= lines_max || octets + added.what.text.size() > octets_max;
    if (full) return lose(added);
    octets += added.what.text.size();
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
        octets -= next.what.text.size();
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
    octets += added.what.text.size();
    ++waiting;
    unreported = 0;
}

/// A line in one write, so that others who write there cannot come between. What is longer than PIPE_BUF goes in
/// pieces: a pipe or a socket that is said to be writable takes that much without making us wait.
bool log_writer::state::put(const queued& out)
{
    const auto whole = torn ? "\n" + out.what.text : out.what.text;
    std::string_view rest = whole;
    while (!rest.empty() && is_writable(out.what.to->get())) {
        const auto octets_now = std::min<std::size_t>(rest.size(), PIPE_BUF);
        const auto written = ::write(out.what.to->get(), rest.data(), octets_now);
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
