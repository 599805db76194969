// APOP's timestamp and digest.
#include "pop3/apop.hpp"

#include <gtest/gtest.h>

using namespace pop3;

TEST(apop, the_example_of_rfc_1939)
{
    const auto timestamp = timestamp_of("POP3 server ready <1896.697170952@dbc.mtview.ca.us>");
    EXPECT_EQ(timestamp, "<1896.697170952@dbc.mtview.ca.us>");
    EXPECT_EQ(apop_digest(*timestamp, "tanstaaf"), "c4c9334bac560ecc979e58001b3e22fb");
}

TEST(apop, finds_the_msg_id_among_other_angles)
{
    EXPECT_EQ(timestamp_of("a < b <x> <1.2@h> <3@h>"), "<1.2@h>");
    EXPECT_EQ(timestamp_of("<1@[192.0.2.1]>"), "<1@[192.0.2.1]>");
}

TEST(apop, what_is_no_msg_id_gets_no_digest)
{
    // CVE-2007-1558: colliding challenges hold octets that no msg-id has.
    for (const std::string_view bad :
         {"", "ready", "<>", "<@>", "<a@>", "<@b>", "<a>", "<a@b", "a@b>", "<a..b@c>", "<.a@c>", "<a@b.>",
          "<a b@c>", "<a\x80@c>", "<a\x01@c>", "<a@b@c>", "<a@[b[]>", "<\"a\"@c>"})
        EXPECT_EQ(timestamp_of(bad), std::nullopt) << bad;
}
