// Byte-stuffing and TOP, against a slow reference and with every cut.
#include "pop3/multi_line.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace pop3;

namespace {

std::string stuffed(std::string_view message, std::size_t step)
{
    dot_stuffer stuffer;
    std::string out;
    for (std::size_t i = 0; i < message.size(); i += step) stuffer.convert(message.substr(i, step), out);
    stuffer.finish(out);
    return out;
}

/// Octet by octet, as RFC 1939 says it.
std::string reference(std::string_view message)
{
    std::string out;
    char last = '\n';
    for (const char c : message) {
        if (last == '\n' && c == '.') out += '.';
        out += c;
        last = c;
    }
    if (!message.empty() && !message.ends_with("\r\n")) out += "\r\n";
    return out + ".\r\n";
}

std::string top(std::string_view message, std::uint64_t lines, std::size_t step)
{
    top_limiter limiter(lines);
    std::string out;
    for (std::size_t i = 0; i < message.size(); i += step) {
        out += limiter.pass(message.substr(i, step));
        if (limiter.done()) break;
    }
    return out;
}

} // namespace

TEST(dot_stuffer, stuffs_and_ends)
{
    EXPECT_EQ(stuffed("", 1), ".\r\n");
    EXPECT_EQ(stuffed(".", 1), "..\r\n.\r\n");
    EXPECT_EQ(stuffed("a", 1), "a\r\n.\r\n");
    EXPECT_EQ(stuffed("a\n", 9), "a\n\r\n.\r\n");
    EXPECT_EQ(stuffed("a\r", 9), "a\r\r\n.\r\n");
    EXPECT_EQ(stuffed("a\r\n.\r\n", 9), "a\r\n..\r\n.\r\n");
    EXPECT_EQ(stuffed("a\n.\r\nb\r\n", 9), "a\n..\r\nb\r\n.\r\n");
}

TEST(dot_stuffer, every_cut_is_the_same)
{
    std::mt19937 random(3);
    constexpr std::string_view letters = "..\r\n\na";
    for (int round = 0; round < 20'000; ++round) {
        std::string message;
        for (auto n = random() % 14; n > 0; --n) message += letters[random() % letters.size()];
        ASSERT_EQ(stuffed(message, 1 + random() % 5), reference(message)) << testing::PrintToString(message);
    }
}

TEST(top_limiter, counts_lines_of_the_body_only)
{
    constexpr std::string_view message = "A: 1\r\nB: 2\r\n\r\none\r\n\r\nthree\r\n";
    for (const std::size_t step : {1UZ, 2UZ, 3UZ, 5UZ, 100UZ}) {
        EXPECT_EQ(top(message, 0, step), "A: 1\r\nB: 2\r\n\r\n");
        EXPECT_EQ(top(message, 1, step), "A: 1\r\nB: 2\r\n\r\none\r\n");
        EXPECT_EQ(top(message, 2, step), "A: 1\r\nB: 2\r\n\r\none\r\n\r\n");
        EXPECT_EQ(top(message, UINT64_MAX, step), message);
        EXPECT_EQ(top("A: 1\r\n \r\n\r\r\nB: 2\r\n\r\nx", 0, step), "A: 1\r\n \r\n\r\r\nB: 2\r\n\r\n");
        EXPECT_EQ(top("A: 1\n\nx\ny\n", 1, step), "A: 1\n\nx\n");
        EXPECT_EQ(top("\r\nx\r\n", 0, step), "\r\n");
        EXPECT_EQ(top("A: 1\r\n", 5, step), "A: 1\r\n");
        EXPECT_EQ(top("", 5, step), "");
    }
}

TEST(top_limiter, says_when_it_is_done)
{
    top_limiter limiter(1);
    EXPECT_EQ(limiter.pass("A: 1\r\n\r\n"), "A: 1\r\n\r\n");
    EXPECT_FALSE(limiter.done());
    EXPECT_EQ(limiter.pass("x\r\ny\r\n"), "x\r\n");
    EXPECT_TRUE(limiter.done());
    EXPECT_EQ(limiter.pass("z"), "");
}
