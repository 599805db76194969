// posix_spawn, pipes and a pidfd.
#include "credentials/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

namespace credentials {

namespace {

base::error child_error(base::failure kind, bool temporary, std::string text)
{
    return {kind, temporary, "a program failed", std::move(text)};
}

// While it lives, writing to a pipe that nobody reads is EPIPE and no signal, for this thread alone: the library
// must not change what the whole program does with signals.
class no_pipe_signal {
public:
    no_pipe_signal()
    {
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        sigset_t pending;
        sigpending(&pending);
        was_pending_ = sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~no_pipe_signal()
    {
        constexpr timespec at_once{};
        if (!was_pending_)
            while (sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
            }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    no_pipe_signal(const no_pipe_signal&) = delete;
    no_pipe_signal& operator=(const no_pipe_signal&) = delete;

private:
    sigset_t pipe_{}, before_{};
    bool was_pending_ = false;
};

struct pipe_ends {
    net::descriptor read, write;
};

base::result<pipe_ends> make_pipe()
{
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return base::fail(base::error_from_errno(errno, "make a pipe"));
    return pipe_ends{net::descriptor(ends[0]), net::descriptor(ends[1])};
}

// What the new process is given, in the form that posix_spawn wants; freed at the end.
class spawn_plan {
public:
    spawn_plan(int input, int output, const child_settings& settings)
    {
        posix_spawn_file_actions_init(&actions_);
        wire(STDIN_FILENO, input, O_RDONLY);
        wire(STDOUT_FILENO, output, O_WRONLY);
        if (settings.silent) wire(STDERR_FILENO, -1, O_WRONLY);
        posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);

        posix_spawnattr_init(&attributes_);
        sigset_t none, all_signals;
        sigemptyset(&none);
        sigfillset(&all_signals);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all_signals);
        int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        if (settings.own_group) flags |= POSIX_SPAWN_SETPGROUP; // group 0 by default: one of its own
        posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
    }
    ~spawn_plan()
    {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    spawn_plan(const spawn_plan&) = delete;
    spawn_plan& operator=(const spawn_plan&) = delete;

    int spawn(pid_t& process, const std::vector<std::string>& argv)
    {
        std::vector<char*> arguments;
        arguments.reserve(argv.size() + 1);
        for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
        arguments.push_back(nullptr);
        return posix_spawnp(&process, arguments[0], &actions_, &attributes_, arguments.data(), environ);
    }

private:
    void wire(int target, int descriptor, int null_mode)
    {
        if (descriptor >= 0)
            posix_spawn_file_actions_adddup2(&actions_, descriptor, target);
        else
            posix_spawn_file_actions_addopen(&actions_, target, "/dev/null", null_mode, 0);
    }

    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

} // namespace

base::result<child_process> child_process::start(const child_settings& settings)
{
    if (settings.argv.empty() || settings.argv.front().empty())
        return base::fail(child_error(base::failure::malformed, false, "no program is named"));
    pipe_ends input, out;
    if (settings.feeds) {
        auto made = make_pipe();
        if (!made) return base::fail(made.error());
        input = std::move(*made);
    }
    if (settings.listens) {
        auto made = make_pipe();
        if (!made) return base::fail(made.error());
        out = std::move(*made);
    }
    child_process child;
    child.name_ = settings.argv.front();
    child.own_group_ = settings.own_group;
    child.deadline_ = std::chrono::steady_clock::now() + settings.limit;
    spawn_plan plan(settings.feeds ? input.read.get() : settings.input, out.write.get(), settings);
    if (const int failed = plan.spawn(child.process_, settings.argv); failed != 0) {
        child.process_ = -1;
        return base::fail(child_error(base::failure::refused, false,
                                      "cannot start " + child.name_ + ": " + std::strerror(failed)));
    }
    // By number, as glibc 2.36 declares pidfd_open(2) without the C linkage that it has.
    child.alive_ = net::descriptor(static_cast<int>(syscall(SYS_pidfd_open, child.process_, 0)));
    if (!child.alive_.valid()) return base::fail(base::error_from_errno(errno, "watch over " + child.name_));
    child.input_ = std::move(input.write);
    child.output_ = std::move(out.read);
    if (child.input_.valid()) fcntl(child.input_.get(), F_SETFL, O_NONBLOCK);
    return child;
}

child_process::child_process(child_process&& other) noexcept
    : name_(std::move(other.name_)),
      process_(std::exchange(other.process_, -1)),
      own_group_(other.own_group_),
      deadline_(other.deadline_),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      alive_(std::move(other.alive_))
{
}

child_process::~child_process()
{
    kill();
}

void child_process::kill()
{
    if (process_ < 0) return;
    ::kill(own_group_ ? -process_ : process_, SIGKILL);
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
}

base::result<> child_process::wait_for(int descriptor, short events)
{
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            std::max(deadline_ - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration(0)));
        pollfd watched{descriptor, events, 0};
        const int ready = poll(&watched, 1, static_cast<int>(std::min<std::int64_t>(left.count(), INT_MAX)));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR)
            return base::fail(base::error_from_errno(errno, "wait for " + name_));
        if (ready == 0)
            return base::fail(child_error(base::failure::timed_out, true,
                                          name_ + " did not finish in time and was stopped"));
    }
}

base::result<> child_process::write(std::string_view octets)
{
    const no_pipe_signal quiet;
    while (!octets.empty()) {
        const ssize_t written = ::write(input_.get(), octets.data(), octets.size());
        if (written >= 0) {
            octets.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            if (auto ready = wait_for(input_.get(), POLLOUT); !ready) return ready;
        } else if (errno != EINTR) {
            return base::fail(child_error(base::failure::closed, true, name_ + " did not read to the end"));
        }
    }
    return {};
}

base::result<std::string> child_process::read_all(std::size_t octets_max)
{
    bool whole = true;
    auto output = read_as_far_as(octets_max, whole);
    if (!output || whole) return output;
    explicit_bzero(output->data(), output->size()); // what is printed here may be a password
    return base::fail(child_error(base::failure::too_large, false, name_ + " prints too much"));
}

base::result<std::string> child_process::read_beginning(std::size_t octets_max)
{
    bool whole = true;
    return read_as_far_as(octets_max, whole);
}

base::result<std::string> child_process::read_as_far_as(std::size_t octets_max, bool& all_of_it)
{
    std::string output;
    std::array<char, 4096> piece{};
    for (;;) {
        if (auto ready = wait_for(output_.get(), POLLIN); !ready) return base::fail(ready.error());
        const ssize_t got = ::read(output_.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::fail(base::error_from_errno(errno, "read what " + name_ + " prints"));
        if (got == 0) break;
        all_of_it = output.size() + static_cast<std::size_t>(got) <= octets_max;
        output.append(piece.data(), std::min(octets_max - output.size(), static_cast<std::size_t>(got)));
        if (!all_of_it) break;
    }
    explicit_bzero(piece.data(), piece.size());
    return output;
}

base::result<child_process::ending> child_process::finish()
{
    input_.close();
    if (auto ended = wait_for(alive_.get(), POLLIN); !ended) {
        kill();
        return base::fail(ended.error());
    }
    int status = 0;
    while (waitpid(process_, &status, 0) < 0)
        if (errno != EINTR) return base::fail(base::error_from_errno(errno, "wait for " + name_));
    process_ = -1;
    if (WIFEXITED(status)) return ending{WEXITSTATUS(status), 0};
    return ending{-1, WTERMSIG(status)};
}

} // namespace credentials
