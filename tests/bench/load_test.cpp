// Sessions are run as often as asked, and none that failed is counted as well.
#include "load.hpp"

#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>

namespace {

using namespace std::chrono_literals;

bench::options asked(std::uint64_t sessions, std::size_t at_once)
{
    bench::options out;
    out.sessions = sessions;
    out.at_once = at_once;
    out.threads = 2;
    return out;
}

bench::awaitable<void> wait(bench::worker& on, std::chrono::milliseconds time)
{
    boost::asio::steady_timer timer(on.context, time);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

TEST(load, runs_each_session_once_and_counts_what_failed)
{
    const auto options = asked(1000, 7);
    bench::load load(options);
    std::array<std::atomic<int>, 1000> runs{};
    const auto sum = load.run([&](bench::worker& on, std::uint64_t number) -> bench::awaitable<bool> {
        ++runs.at(number);
        if (number % 10 == 0) on.tally.error("tenth");
        co_return number % 10 != 0;
    });
    EXPECT_TRUE(std::ranges::all_of(runs, [](const auto& times) { return times == 1; }));
    EXPECT_EQ(sum.sessions, 900);
    EXPECT_EQ(sum.errors, 100);
    EXPECT_EQ(sum.first_error, "tenth");
}

TEST(load, has_failed_where_the_time_was_up)
{
    auto options = asked(3, 1);
    options.give_up = 1s;
    bench::load load(options);
    const auto sum = load.run([](bench::worker& on, std::uint64_t number) -> bench::awaitable<bool> {
        if (number == 1) co_await wait(on, 1h);
        co_return true;
    });
    EXPECT_EQ(sum.sessions, 1);
    EXPECT_EQ(sum.errors, 2);
    EXPECT_EQ(sum.first_error, "not finished when the time was up");
}

TEST(load, lets_sessions_under_way_end_when_it_is_told_to_stop)
{
    const auto options = asked(1'000'000, 4);
    bench::load load(options);
    std::atomic<int> begun = 0, ended = 0;
    const auto sum = load.run([&](bench::worker& on, std::uint64_t number) -> bench::awaitable<bool> {
        ++begun;
        if (number == 8) ::raise(SIGTERM);
        co_await wait(on, 5ms);
        ++ended;
        co_return true;
    });
    EXPECT_TRUE(load.over());
    EXPECT_EQ(begun, ended);
    EXPECT_LT(ended, 1'000'000);
    EXPECT_EQ(sum.sessions + sum.errors, 1'000'000);
    EXPECT_EQ(sum.first_error, "stopped by a signal");
}

TEST(load, ends_what_goes_on_beside_with_the_last_session)
{
    const auto options = asked(20, 4);
    bench::load load(options);
    std::atomic<bool> beside_ended = false;
    const auto one = [](bench::worker& on, std::uint64_t) -> bench::awaitable<bool> {
        co_await wait(on, 1ms);
        co_return true;
    };
    load.run(one, [&](bench::worker& on) -> bench::awaitable<void> {
        while (!load.over()) co_await wait(on, 1ms);
        beside_ended = true;
    });
    EXPECT_TRUE(beside_ended);
}

} // namespace
