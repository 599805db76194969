// Did you mean?
#include "config/fault.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace {
constexpr std::array<std::string_view, 4> words{"maildrops.held_for", "maildrops.expire", "listeners.pop3",
                                                "listeners.pop3s"};
}

TEST(spelling, finds_the_nearest_word)
{
    EXPECT_EQ(config::nearest("maildrops.heldfor", words), "maildrops.held_for");
    EXPECT_EQ(config::nearest("maildrops.expires", words), "maildrops.expire");
    EXPECT_EQ(config::nearest("listeners.pop3s", words), "listeners.pop3s");
    EXPECT_EQ(config::nearest("listener.pop3", words), "listeners.pop3");
}

TEST(spelling, finds_nothing_where_nothing_is_near)
{
    EXPECT_EQ(config::nearest("colour", words), "");
    EXPECT_EQ(config::nearest("", words), "");
    EXPECT_EQ(config::nearest("ab", words), "");
    EXPECT_EQ(config::nearest(std::string(1'000'000, 'a'), words), "");
}
