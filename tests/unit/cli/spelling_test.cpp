// Did you mean?
#include "cli/spelling.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace {
constexpr std::array<std::string_view, 4> words{"maildrops.held_for", "maildrops.expire", "listeners.pop3",
                                                "listeners.pop3s"};
}

TEST(spelling, finds_the_nearest_word)
{
    EXPECT_EQ(cli::nearest("maildrops.heldfor", words), "maildrops.held_for");
    EXPECT_EQ(cli::nearest("maildrops.expires", words), "maildrops.expire");
    EXPECT_EQ(cli::nearest("listeners.pop3s", words), "listeners.pop3s");
    EXPECT_EQ(cli::nearest("listener.pop3", words), "listeners.pop3");
}

TEST(spelling, finds_nothing_where_nothing_is_near)
{
    EXPECT_EQ(cli::nearest("colour", words), "");
    EXPECT_EQ(cli::nearest("", words), "");
    EXPECT_EQ(cli::nearest("ab", words), "");
    EXPECT_EQ(cli::nearest(std::string(1'000'000, 'a'), words), "");
}
