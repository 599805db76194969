// One event is one line, whatever the values hold (T30).
#include "base/log.hpp"

#include <gtest/gtest.h>

using namespace base;

TEST(log_line, plain_values_need_no_quotes)
{
    const field fields[] = {
        {"user", std::string_view("ann@example.org")}, {"octets", std::uint64_t{12}}, {"tls", true}};
    EXPECT_EQ(format_key_value("login", fields), "login user=ann@example.org octets=12 tls=yes");
    EXPECT_EQ(format_json("login", fields),
              R"({"event":"login","user":"ann@example.org","octets":12,"tls":true})");
}

TEST(log_line, cannot_be_broken_or_steer_a_terminal)
{
    const field fields[] = {{"user", std::string_view("a\r\nb\x1b[31m\"\\ \xff \xe2\x80\xae")}};
    EXPECT_EQ(format_key_value("login", fields), R"(login user="a\x0d\x0ab\x1b[31m\"\\ \xff \xe2\x80\xae")");
    EXPECT_EQ(format_json("login", fields),
              R"({"event":"login","user":"a\u000d\u000ab\u001b[31m\"\\ \u00ff \u00e2\u0080\u00ae"})");
}

TEST(log_line, keeps_letters_of_every_language)
{
    const field fields[] = {{"user", std::string_view("jérôme")}};
    EXPECT_EQ(format_key_value("login", fields), "login user=\"jérôme\"");
}

TEST(log_line, cuts_what_is_long_and_says_so)
{
    const std::string name(1'000'000, 'x');
    const field fields[] = {{"user", std::string_view(name)}};
    const std::string line = format_key_value("login", fields);
    EXPECT_LT(line.size(), 600U);
    EXPECT_NE(line.find("(1000000 octets)"), std::string::npos);
}
