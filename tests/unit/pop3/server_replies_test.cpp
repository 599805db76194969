// What servers say, with the freedoms that they take.
#include "pop3/server_replies.hpp"

#include <gtest/gtest.h>

using namespace pop3;

TEST(server_replies, capabilities)
{
    capabilities told;
    for (const std::string_view line :
         {"TOP", "uidl", "User", "PIPELINING", "STLS", "RESP-CODES", "AUTH-RESP-CODE", "UTF8 USER",
          "EXPIRE 60 USER", "LOGIN-DELAY  300", "IMPLEMENTATION A server, 1.0", "SASL PLAIN  scram-sha-256 ",
          "SASL PLAIN XOAUTH2", "X-NEW a", "", "TOPS"})
        told.add_line(line);
    EXPECT_TRUE(told.top && told.uidl && told.user && told.pipelining && told.stls && told.resp_codes &&
                told.auth_resp_code && told.utf8);
    EXPECT_EQ(told.expire_days, 60U);
    EXPECT_EQ(told.login_delay_seconds, 300U);
    EXPECT_EQ(told.implementation, "A server, 1.0");
    EXPECT_EQ(told.sasl, (std::vector<std::string>{"PLAIN", "SCRAM-SHA-256", "XOAUTH2"}));
    EXPECT_FALSE(told.known) << "whoever read the reply says so";
}

TEST(server_replies, capabilities_that_are_not_told_are_not_there)
{
    capabilities told;
    for (const std::string_view line :
         {"TOPS", "EXPIRE NEVER", "LOGIN-DELAY soon", "LOGIN-DELAY 99999999999", "SASL"})
        told.add_line(line);
    EXPECT_FALSE(told.top);
    EXPECT_EQ(told.expire_days, std::nullopt);
    EXPECT_EQ(told.login_delay_seconds, std::nullopt);
    EXPECT_TRUE(told.sasl.empty());
}

TEST(server_replies, a_million_mechanisms_are_not_kept)
{
    capabilities told;
    for (int i = 0; i < 1000; ++i) told.add_line("SASL A" + std::to_string(i) + " B" + std::to_string(i));
    EXPECT_EQ(told.sasl.size(), announced_mechanisms_max);
    capabilities long_name;
    long_name.add_line("SASL ABCDEFGHIJKLMNOPQRSTU PLAIN");
    EXPECT_EQ(long_name.sasl, std::vector<std::string>{"PLAIN"});
}

TEST(server_replies, number_and_octets)
{
    const auto parse = [](std::string_view line) -> std::string {
        const auto is = parse_listed_octets(line);
        return is ? std::to_string(is->number) + ":" + (is->octets ? std::to_string(*is->octets) : "none")
                  : "nothing";
    };
    EXPECT_EQ(parse("1 120"), "1:120");
    EXPECT_EQ(parse("  1 \t 120  extra"), "1:120");
    EXPECT_EQ(parse("0 0"), "0:0");
    EXPECT_EQ(parse("3 -1"), "3:none");
    EXPECT_EQ(parse("3 1K"), "3:none");
    EXPECT_EQ(parse("3"), "3:none");
    EXPECT_EQ(parse("18446744073709551615 18446744073709551616"), "18446744073709551615:none");
    for (const std::string_view bad : {"", " ", "x 1", "-1 5", "18446744073709551616 1", "1x 2", "messages"})
        EXPECT_EQ(parse(bad), "nothing") << bad;
}

TEST(server_replies, number_and_unique_id)
{
    const auto parse = [](std::string_view line) -> std::string {
        const auto is = parse_listed_unique_id(line);
        return is ? std::to_string(is->number) + ":" + std::string(is->unique_id) : "nothing";
    };
    EXPECT_EQ(parse("1 abc"), "1:abc");
    EXPECT_EQ(parse(" 1  abc"), "1:abc") << "Comcast doubled the blank";
    EXPECT_EQ(parse("1 a b\xFF "), "1:a b\xFF ");
    EXPECT_EQ(parse("1"), "1:");
    EXPECT_EQ(parse("1 "), "1:");
    EXPECT_EQ(parse("1 " + std::string(500, 'x')), "1:" + std::string(500, 'x'));
    for (const std::string_view bad : {"", "abc 1", "1abc"}) EXPECT_EQ(parse(bad), "nothing") << bad;
}
