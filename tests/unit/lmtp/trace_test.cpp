// Trace fields: form, and that no peer can break them.
#include "base/utf8.hpp"
#include "lmtp/trace.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

namespace {

using namespace std::chrono;

const base::wall_time when = sys_days(2026y / November / 24) + 15h + 4min + 5s + 678ms;

lmtp::trace example()
{
    return {.sender = "sender@example.org",
            .recipient = "ann+lists@example.com",
            .delivered_to = "ann@example.com",
            .peer_name = "client.example",
            .peer_address = "192.0.2.1",
            .host_name = "mx.example",
            .with_protocol = "LMTPS",
            .session_id = "abc123",
            .received_at = when};
}

TEST(trace, has_the_fields_of_a_final_delivery)
{
    EXPECT_EQ(lmtp::trace_header(example()),
              "Return-Path: <sender@example.org>\r\n"
              "Delivered-To: ann@example.com\r\n"
              "Received: from client.example ([192.0.2.1])\r\n"
              "\tby mx.example\r\n"
              "\twith LMTPS id abc123\r\n"
              "\tfor <ann+lists@example.com>; Tue, 24 Nov 2026 15:04:05 +0000\r\n");
}

TEST(trace, says_what_little_is_known)
{
    lmtp::trace what = example();
    what.sender = what.peer_name = what.peer_address = what.delivered_to = "";
    EXPECT_TRUE(lmtp::trace_header(what).starts_with("Return-Path: <>\r\nReceived: from unknown\r\n\tby"));
    what.peer_address = "2001:db8::1";
    EXPECT_NE(lmtp::trace_header(what).find("from unknown ([IPv6:2001:db8::1])\r\n"), std::string::npos);
}

TEST(trace, keeps_utf8_in_addresses)
{
    lmtp::trace what = example();
    what.sender = "jos\xC3\xA9@example.org";
    EXPECT_TRUE(lmtp::trace_header(what).starts_with("Return-Path: <jos\xC3\xA9@example.org>\r\n"));
}

TEST(trace, cannot_be_broken_by_a_peer)
{
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        std::string evil;
        for (auto left = 1 + random() % 2000; left > 0; --left) evil += static_cast<char>(random());
        if (round == 0) evil = "x\r\n\r\nInjected: yes\r\n(\\\")\0>";
        lmtp::trace what = example();
        what.sender = what.recipient = what.delivered_to = what.peer_name = what.peer_address =
            what.session_id = evil;
        const std::string header = lmtp::trace_header(what);
        ASSERT_TRUE(base::is_utf8(header));
        std::size_t lines = 0;
        for (std::size_t begin = 0; begin < header.size(); ++lines) {
            const std::size_t end = header.find("\r\n", begin);
            ASSERT_NE(end, std::string::npos);
            ASSERT_LE(end - begin, 998U);
            const std::string_view line = std::string_view(header).substr(begin, end - begin);
            ASSERT_EQ(line.find_first_of("\r\n"), std::string_view::npos);
            ASSERT_EQ(line.find('\0'), std::string_view::npos);
            begin = end + 2;
        }
        ASSERT_EQ(lines, 6U);
    }
}

TEST(date_time, knows_leap_days_and_the_epoch)
{
    EXPECT_EQ(lmtp::date_time(base::wall_time{}), "Thu, 01 Jan 1970 00:00:00 +0000");
    EXPECT_EQ(lmtp::date_time(sys_days(2028y / February / 29) + 23h + 59min + 59s),
              "Tue, 29 Feb 2028 23:59:59 +0000");
}

} // namespace
