// What processes have used, with their children that live and those that have ended.
#include "process_tree.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <stdexcept>

namespace {

constexpr double burnt_seconds = 0.2;
constexpr double slack_seconds = 0.05; // ticks of 10 ms, and what a process costs by itself

void burn()
{
    timespec now{};
    do ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    while (static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9 < burnt_seconds);
}

/// Runs `act` in a child, which tells when it is done and then waits for its end.
class child {
public:
    template <typename Act>
    explicit child(Act act)
    {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
        number_ = ::fork();
        if (number_ == 0) {
            act();
            if (::write(ends[1], "x", 1) != 1) ::_exit(1);
            for (;;) ::pause();
        }
        char done = 0;
        EXPECT_EQ(::read(ends[0], &done, 1), 1);
        ::close(ends[0]);
        ::close(ends[1]);
    }
    ~child()
    {
        ::kill(number_, SIGKILL);
        ::waitpid(number_, nullptr, 0);
    }
    child(const child&) = delete;
    child& operator=(const child&) = delete;
    pid_t number() const { return number_; }

private:
    pid_t number_ = 0;
};

TEST(process_tree, counts_the_time_of_a_process_and_of_no_other)
{
    const child busy(burn), idle([] {});
    const std::array<pid_t, 1> of_busy{busy.number()}, of_idle{idle.number()};
    EXPECT_NEAR(bench::read_usage(of_busy, false).seconds(), burnt_seconds, slack_seconds);
    EXPECT_LT(bench::read_usage(of_idle, false).seconds(), slack_seconds);
    EXPECT_EQ(bench::read_usage(of_busy, false).processes, 1);
}

TEST(process_tree, counts_children_that_have_ended_and_those_that_live)
{
    const child parent([] {
        if (::fork() == 0) {
            burn();
            ::_exit(0);
        }
        ::wait(nullptr);
        if (::fork() == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) ::pause();
        }
    });
    const std::array<pid_t, 1> roots{parent.number()};
    const auto used = bench::read_usage(roots, false);
    EXPECT_NEAR(used.seconds(), burnt_seconds, slack_seconds);
    EXPECT_EQ(used.processes, 2);
}

TEST(process_tree, reads_memory_that_is_really_there)
{
    constexpr std::size_t size = 32UL << 20;
    const child empty([] {});
    const child full([] {
        auto* const memory = static_cast<char*>(::malloc(size));
        std::memset(memory, 1, size);
        asm volatile("" : : "r"(memory) : "memory");
    });
    const std::array<pid_t, 1> of_empty{empty.number()}, of_full{full.number()};
    const std::uint64_t least = bench::read_usage(of_empty, true).memory_octets;
    const std::uint64_t most = bench::read_usage(of_full, true).memory_octets;
    EXPECT_GT(least, 0);
    EXPECT_GT(most, least + size / 10 * 9);
    EXPECT_LT(most, least + size / 10 * 15); // the sanitizers add theirs
}

} // namespace
