// RFC 3629: what is UTF-8 and what only looks like it.
#include "base/utf8.hpp"

#include <gtest/gtest.h>

using namespace base;

TEST(utf8, accepts_the_shortest_form_only)
{
    EXPECT_TRUE(is_utf8("plain, é, €, 😀"));
    for (const std::string_view bad :
         {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
          "\xff", "\x80", "\xc3", "\xe2\x82", "a\xc3("})
        EXPECT_FALSE(is_utf8(bad));
}

TEST(utf8, tells_controls_and_direction_marks)
{
    EXPECT_TRUE(is_control("\x1b"));
    EXPECT_TRUE(is_control("\xc2\x85"));
    EXPECT_TRUE(is_control("\xe2\x80\xae"));
    EXPECT_FALSE(is_control("é"));
}
