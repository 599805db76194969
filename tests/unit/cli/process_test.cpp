// Limits, identities, signals.
#include "base/open_files.hpp"
#include "cli/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>

TEST(process, the_limit_of_open_files_rises_as_far_as_it_may)
{
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_GE(base::raise_open_files(before.rlim_cur), before.rlim_cur);
    EXPECT_EQ(base::raise_open_files(1), before.rlim_cur);
    EXPECT_EQ(base::raise_open_files(before.rlim_max), before.rlim_max);
}

TEST(process, identities_are_looked_up_by_name)
{
    EXPECT_EQ(*cli::find_identity("", ""), std::nullopt);
    const auto root = cli::find_identity("root", "");
    ASSERT_TRUE(root && *root);
    EXPECT_EQ((*root)->user, 0U);
    const auto missing = cli::find_identity("no-such-user-here", "");
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().operator_text, testing::HasSubstr("useradd"));
    EXPECT_FALSE(cli::find_identity("root", "no-such-group-here"));
}

TEST(process, signals_become_calls)
{
    std::promise<void> reloaded, stopped;
    std::atomic<int> stops = 0;
    {
        cli::signal_watch watch;
        watch.start([&] { reloaded.set_value(); },
                    [&] {
                        if (++stops == 2) stopped.set_value();
                    });
        kill(getpid(), SIGHUP);
        reloaded.get_future().wait();
        kill(getpid(), SIGTERM);
        kill(getpid(), SIGINT);
        stopped.get_future().wait();
    }
    EXPECT_EQ(stops, 2);
}

TEST(process, without_systemd_there_are_no_sockets)
{
    unsetenv("LISTEN_FDS");
    const auto sockets = cli::take_inherited_sockets();
    ASSERT_TRUE(sockets);
    EXPECT_TRUE(sockets->empty());
}
