// One event, one line, in each form.
#include "cli/log_sink.hpp"
#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

using namespace std::chrono_literals;
using support::contents;

namespace {

struct fixed_clock final : base::clock {
    base::wall_time now() const override
    {
        return std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 15h + 45ms;
    }
    base::steady_time steady_now() const override { return {}; }
};

const fixed_clock fixed;

/// An open log whose thread runs. What was logged is there once it is gone.
std::unique_ptr<cli::log_sink> open_log(const config::configuration::log_values& how, const std::string& path)
{
    auto opened = cli::log_sink::open(how, path, fixed);
    if (!opened) return nullptr;
    (*opened)->begin();
    return *std::move(opened);
}

std::string repeated(const std::string& line, std::size_t times)
{
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += line;
    return out;
}

} // namespace

TEST(log_sink, key_value_lines_begin_with_time_and_level)
{
    support::temporary_directory folder;
    auto log = open_log({.target = config::log_target::file}, folder / "log");
    ASSERT_TRUE(log);
    log->info("login", {{"user", std::string_view("ann")}, {"octets", std::uint64_t{5}}});
    log.reset();
    EXPECT_EQ(contents(folder / "log"), "2026-11-24T15:00:00.045Z info login user=ann octets=5\n");
}

TEST(log_sink, json_lines_are_objects)
{
    support::temporary_directory folder;
    auto log =
        open_log({.format = config::log_format::json, .target = config::log_target::file}, folder / "log");
    ASSERT_TRUE(log);
    log->warning("odd", {{"text", std::string_view("a\nb")}});
    log.reset();
    EXPECT_EQ(contents(folder / "log"),
              "{\"event\":\"odd\",\"time\":\"2026-11-24T15:00:00.045Z\",\"level\":\"warning\","
              "\"text\":\"a\\u000ab\"}\n");
}

TEST(log_sink, what_weighs_less_than_the_level_is_left_out)
{
    support::temporary_directory folder;
    auto log =
        open_log({.target = config::log_target::file, .level = base::severity::warning}, folder / "log");
    ASSERT_TRUE(log);
    log->info("quiet");
    log->error("loud");
    log.reset();
    EXPECT_EQ(contents(folder / "log"), "2026-11-24T15:00:00.045Z error loud\n");
}

TEST(log_sink, a_change_opens_the_file_anew)
{
    support::temporary_directory folder;
    const config::configuration::log_values how{.target = config::log_target::file};
    auto log = open_log(how, folder / "log");
    ASSERT_TRUE(log);
    log->info("before");
    ASSERT_EQ(std::rename((folder / "log").c_str(), (folder / "log.1").c_str()), 0);
    ASSERT_TRUE(log->change(how, folder / "log"));
    log->info("after");
    log.reset();
    EXPECT_EQ(contents(folder / "log.1"), "2026-11-24T15:00:00.045Z info before\n");
    EXPECT_EQ(contents(folder / "log"), "2026-11-24T15:00:00.045Z info after\n");
}

TEST(log_sink, a_file_that_cannot_be_opened_is_an_error_and_a_change_to_it_none)
{
    support::temporary_directory folder;
    const config::configuration::log_values how{.target = config::log_target::file};
    support::write(folder / "file", "");
    EXPECT_FALSE(cli::log_sink::open(how, folder / "file/log", fixed));
    auto log = open_log(how, folder / "log");
    ASSERT_TRUE(log);
    EXPECT_FALSE(log->change(how, folder / "file/log"));
    log->info("still");
    log.reset();
    EXPECT_EQ(contents(folder / "log"), "2026-11-24T15:00:00.045Z info still\n");
}

TEST(log_sink, the_journal_gets_priorities_and_no_time)
{
    testing::internal::CaptureStderr();
    auto log = open_log({.target = config::log_target::journal}, "");
    ASSERT_TRUE(log);
    log->error("bad");
    log->notice("so");
    log.reset();
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "<3>bad\n<5>so\n");
}

TEST(log_sink, links_are_not_followed)
{
    support::temporary_directory folder;
    support::write(folder / "victim", "untouched");
    std::filesystem::create_symlink(folder / "victim", folder / "log");
    const auto opened = cli::log_sink::open({.target = config::log_target::file}, folder / "log", fixed);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().operator_text, testing::HasSubstr("symbolic link"));
    std::filesystem::create_hard_link(folder / "victim", folder / "second");
    EXPECT_FALSE(cli::log_sink::open({.target = config::log_target::file}, folder / "second", fixed));
    EXPECT_EQ(contents(folder / "victim"), "untouched");
}

TEST(log_sink, a_reader_that_stalls_costs_lines_and_never_the_caller)
{
    support::temporary_directory folder;
    const auto fifo = folder / "log";
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(open_log({.target = config::log_target::file}, fifo), nullptr) << "nobody reads";
    const net::descriptor reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    auto log = open_log({.target = config::log_target::file}, fifo);
    ASSERT_TRUE(log);
    const std::string text(400, 'x');
    const auto many = cli::log_writer::lines_max + 1000;
    for (std::size_t i = 0; i < many; ++i) log->info("event", {{"text", std::string_view(text)}});
    EXPECT_GT(log->lines_dropped(), 0U);
    std::string got;
    std::array<char, 65536> piece{};
    while (got.find("log-lines-dropped") == std::string::npos) {
        pollfd readable{reader.get(), POLLIN, 0};
        ASSERT_EQ(poll(&readable, 1, 10'000), 1) << "the report never came";
        const auto octets = read(reader.get(), piece.data(), piece.size());
        ASSERT_GT(octets, 0);
        got.append(piece.data(), static_cast<std::size_t>(octets));
    }
    const auto kept =
        static_cast<std::uint64_t>(std::ranges::count(got.substr(0, got.find("log-lines")), '\n'));
    EXPECT_EQ(kept + log->lines_dropped(), many);
    EXPECT_THAT(got, testing::HasSubstr("count=" + std::to_string(log->lines_dropped()) + "\n"));
}

TEST(log_sink, at_the_end_a_reader_that_stalls_is_given_up)
{
    support::temporary_directory folder;
    const auto fifo = folder / "log";
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    const net::descriptor reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    auto log = open_log({.target = config::log_target::file}, fifo);
    ASSERT_TRUE(log);
    const std::string text(400, 'x');
    for (int i = 0; i < 1000; ++i) log->info("event", {{"text", std::string_view(text)}});
    const auto begun = std::chrono::steady_clock::now();
    log.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2 * cli::log_writer::end_limit);
}

TEST(log_sink, a_crash_takes_no_line)
{
    support::temporary_directory folder;
    const auto die = [&] {
        auto log = open_log({.target = config::log_target::file}, folder / "log");
        for (int i = 0; i < 5000; ++i) log->info("event");
        std::abort();
    };
    EXPECT_DEATH(die(), "");
    EXPECT_EQ(contents(folder / "log"), repeated("2026-11-24T15:00:00.045Z info event\n", 5000));
}
