// Lines out of octets: every cut gives the same lines, and memory is bounded.
#include "pop3/command.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

using namespace pop3;

namespace {

constexpr std::size_t octets_max = 8;

/// Lines as text, "!" for one that was too long.
std::vector<std::string> lines_of(std::string_view octets, const std::vector<std::size_t>& cuts)
{
    line_reader reader(octets_max);
    std::vector<std::string> out;
    for (std::size_t i = 0; !octets.empty(); ++i) {
        const std::size_t n = std::min(octets.size(), cuts[i % cuts.size()]);
        reader.receive(octets.substr(0, n));
        octets.remove_prefix(n);
        while (const auto got = reader.next()) out.push_back(got->too_long ? "!" : std::string(got->text));
        EXPECT_LE(reader.buffered(), octets_max);
    }
    return out;
}

} // namespace

TEST(line_reader, a_line_ends_with_lf_and_perhaps_one_cr)
{
    EXPECT_EQ(lines_of("a\r\nb\nc\r\r\n\r\n\n", {100}), (std::vector<std::string>{"a", "b", "c\r", "", ""}));
    EXPECT_EQ(lines_of("no end", {100}), std::vector<std::string>{});
}

TEST(line_reader, the_limit_counts_the_end)
{
    EXPECT_EQ(lines_of("123456\r\n", {100}), std::vector<std::string>{"123456"});
    EXPECT_EQ(lines_of("1234567\r\n", {100}), std::vector<std::string>{"!"});
    EXPECT_EQ(lines_of("1234567\r\n", {1}), std::vector<std::string>{"!"});
    EXPECT_EQ(lines_of("a very long line\r\nb\r\n", {3}), (std::vector<std::string>{"!", "b"}));
}

TEST(line_reader, tells_how_much_was_forgotten)
{
    line_reader reader(octets_max);
    reader.receive("a\r\nbcd");
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.clear(), 3U);
    reader.receive("e\r\n");
    EXPECT_EQ(reader.next()->text, "e");
}

TEST(line_reader, every_cut_gives_the_same_lines)
{
    std::mt19937 random(11);
    constexpr std::string_view letters = "ab\r\n";
    int too_long = 0;
    for (int round = 0; round < 5000; ++round) {
        std::string octets;
        for (auto n = random() % 60; n > 0; --n) octets += letters[random() % letters.size()];
        const auto whole = lines_of(octets, {1});
        ASSERT_EQ(lines_of(octets, {1 + random() % 9, 1 + random() % 9}), whole)
            << testing::PrintToString(octets);
        for (const auto& one : whole) too_long += one == "!";
    }
    EXPECT_GT(too_long, 100);
}
