// Status lines: within 512 octets, and nothing in them that a client could take for something else.
#include "pop3/status.hpp"

#include <gtest/gtest.h>

namespace {

std::string ok(std::string_view text, bool utf8 = false)
{
    std::string out;
    pop3::append_ok(out, text, utf8);
    return out;
}

std::string err(std::string_view code, std::string_view text, bool utf8 = false)
{
    std::string out;
    pop3::append_err(out, code, text, utf8);
    return out;
}

} // namespace

TEST(status, is_upper_case_with_one_space)
{
    EXPECT_EQ(ok(""), "+OK\r\n");
    EXPECT_EQ(ok("2 320"), "+OK 2 320\r\n");
    EXPECT_EQ(err("", "no"), "-ERR no\r\n");
    EXPECT_EQ(err("[AUTH]", "no"), "-ERR [AUTH] no\r\n");
    EXPECT_EQ(err("[AUTH]", ""), "-ERR [AUTH]\r\n");
}

TEST(status, holds_no_second_line_and_no_control)
{
    EXPECT_EQ(ok("a\r\nERR b"), "+OK a??ERR b\r\n");
    EXPECT_EQ(ok(std::string_view("a\0\x1b\x7f", 4)), "+OK a???\r\n");
}

TEST(status, is_ascii_until_a_language_was_chosen)
{
    EXPECT_EQ(ok("grün"), "+OK gr?n\r\n");
    EXPECT_EQ(ok("grün", true), "+OK grün\r\n");
    EXPECT_EQ(ok("gr\xfcn", true), "+OK gr?n\r\n");
}

TEST(status, never_feigns_a_response_code)
{
    EXPECT_EQ(err("", "[AUTH] x"), "-ERR AUTH] x\r\n");
    EXPECT_EQ(err("", "[[x"), "-ERR x\r\n");
}

TEST(status, is_at_most_512_octets)
{
    EXPECT_EQ(ok(std::string(506, 'x')).size(), pop3::response_line_octets_max);
    EXPECT_EQ(ok(std::string(5000, 'x')).size(), pop3::response_line_octets_max);
    EXPECT_EQ(err("[SYS/TEMP]", std::string(5000, 'x')).size(), pop3::response_line_octets_max);
    // No character is cut in two.
    std::string text(505, 'x');
    EXPECT_EQ(ok(text + "ü", true), "+OK " + text + "\r\n");
}
