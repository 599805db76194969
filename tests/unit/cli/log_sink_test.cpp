// One event, one line, in each form.
#include "cli/log_sink.hpp"
#include "unit/cli/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstdio>

using namespace std::chrono_literals;
using cli_test::contents;

namespace {

struct fixed_clock final : base::clock {
    base::wall_time now() const override
    {
        return std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 15h + 45ms;
    }
    base::steady_time steady_now() const override { return {}; }
};

const fixed_clock fixed;

} // namespace

TEST(log_sink, key_value_lines_begin_with_time_and_level)
{
    cli_test::temporary_folder folder;
    const auto log = cli::log_sink::open({.target = cli::log_target::file}, folder / "log", fixed);
    ASSERT_TRUE(log);
    (*log)->info("login", {{"user", std::string_view("ann")}, {"octets", std::uint64_t{5}}});
    EXPECT_EQ(contents(folder / "log"), "2026-11-24T15:00:00.045Z info login user=ann octets=5\n");
}

TEST(log_sink, json_lines_are_objects)
{
    cli_test::temporary_folder folder;
    const auto log = cli::log_sink::open({.format = cli::log_format::json, .target = cli::log_target::file},
                                         folder / "log", fixed);
    ASSERT_TRUE(log);
    (*log)->warning("odd", {{"text", std::string_view("a\nb")}});
    EXPECT_EQ(contents(folder / "log"),
              "{\"event\":\"odd\",\"time\":\"2026-11-24T15:00:00.045Z\",\"level\":\"warning\","
              "\"text\":\"a\\u000ab\"}\n");
}

TEST(log_sink, what_weighs_less_than_the_level_is_left_out)
{
    cli_test::temporary_folder folder;
    const auto log = cli::log_sink::open({.target = cli::log_target::file, .level = base::severity::warning},
                                         folder / "log", fixed);
    ASSERT_TRUE(log);
    (*log)->info("quiet");
    (*log)->error("loud");
    EXPECT_EQ(contents(folder / "log"), "2026-11-24T15:00:00.045Z error loud\n");
}

TEST(log_sink, a_change_opens_the_file_anew)
{
    cli_test::temporary_folder folder;
    const cli::configuration::log_values how{.target = cli::log_target::file};
    const auto log = cli::log_sink::open(how, folder / "log", fixed);
    ASSERT_TRUE(log);
    (*log)->info("before");
    ASSERT_EQ(std::rename((folder / "log").c_str(), (folder / "log.1").c_str()), 0);
    ASSERT_TRUE((*log)->change(how, folder / "log"));
    (*log)->info("after");
    EXPECT_EQ(contents(folder / "log.1"), "2026-11-24T15:00:00.045Z info before\n");
    EXPECT_EQ(contents(folder / "log"), "2026-11-24T15:00:00.045Z info after\n");
}

TEST(log_sink, a_file_that_cannot_be_opened_is_an_error_and_a_change_to_it_none)
{
    cli_test::temporary_folder folder;
    const cli::configuration::log_values how{.target = cli::log_target::file};
    cli_test::write(folder / "file", "");
    EXPECT_FALSE(cli::log_sink::open(how, folder / "file/log", fixed));
    const auto log = cli::log_sink::open(how, folder / "log", fixed);
    ASSERT_TRUE(log);
    EXPECT_FALSE((*log)->change(how, folder / "file/log"));
    (*log)->info("still");
    EXPECT_EQ(contents(folder / "log"), "2026-11-24T15:00:00.045Z info still\n");
}

TEST(log_sink, the_journal_gets_priorities_and_no_time)
{
    const auto log = cli::log_sink::open({.target = cli::log_target::journal}, "", fixed);
    ASSERT_TRUE(log);
    testing::internal::CaptureStderr();
    (*log)->error("bad");
    (*log)->notice("so");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "<3>bad\n<5>so\n");
}
