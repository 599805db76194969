// Mail in over LMTP and SMTP, and out again over POP3.
#include "server/shared_state.hpp"
#include "unit/server/office_under_test.hpp"
#include "unit/server/wire_client.hpp"

#include <gtest/gtest.h>

namespace server::testing {
namespace {

std::string say(wire_client& client, const std::string& line)
{
    client.send(line + "\r\n");
    return client.reply();
}

wire_client& greeted(wire_client& client, const std::string& hello)
{
    client.reply();
    EXPECT_TRUE(say(client, hello + " sender.example").starts_with("250"));
    return client;
}

TEST(lmtp, takes_a_message_that_pop3_hands_out_to_the_octet)
{
    office_under_test one;
    wire_client sender(one.port(door::lmtp));
    greeted(sender, "LHLO");
    EXPECT_TRUE(say(sender, "MAIL FROM:<ben@example.com>").starts_with("250"));
    EXPECT_TRUE(say(sender, "RCPT TO:<ann@example.org>").starts_with("250"));
    EXPECT_TRUE(say(sender, "DATA").starts_with("354"));
    EXPECT_TRUE(say(sender, "Subject: hello\r\n\r\n..dot\r\n.").starts_with("250"));
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    client.command("RETR 1");
    const auto got = client.multi_line();
    EXPECT_TRUE(got.starts_with("Return-Path: <ben@example.com>\r\nDelivered-To: ann\r\nReceived: ")) << got;
    EXPECT_TRUE(got.ends_with("Subject: hello\r\n\r\n.dot\r\n")) << got;
    EXPECT_EQ(one.log.count("recipient=ann@example.org user=ann unique-id="), 1U);
}

TEST(lmtp, tells_each_recipient_his_own_verdict)
{
    office_under_test one({}, [](known_users& users) { users["ben"].account.quota_messages = 1; });
    one.post("ben", "Subject: full\r\n\r\n");
    wire_client sender(one.port(door::lmtp));
    greeted(sender, "LHLO");
    say(sender, "MAIL FROM:<>");
    EXPECT_TRUE(say(sender, "RCPT TO:<nobody@example.org>").starts_with("550 5.1.1"));
    EXPECT_EQ(say(sender, "RCPT TO:<ben@example.org>").substr(1, 8), "52 4.2.2")
        << "452 or 552, by the store";
    EXPECT_TRUE(say(sender, "RCPT TO:<ann@example.org>").starts_with("250"));
    say(sender, "DATA");
    EXPECT_TRUE(say(sender, "Subject: x\r\n\r\n.").starts_with("250"));
    EXPECT_EQ(one.messages("ann"), 1U);
    EXPECT_EQ(one.messages("ben"), 1U);
}

TEST(lmtp, gives_an_alias_one_verdict_and_every_account_a_copy)
{
    office_under_test one;
    wire_client sender(one.port(door::lmtp));
    greeted(sender, "LHLO");
    say(sender, "MAIL FROM:<>");
    EXPECT_TRUE(say(sender, "RCPT TO:<both@example.org>").starts_with("250"));
    say(sender, "DATA");
    EXPECT_TRUE(say(sender, "Subject: x\r\n\r\n.").starts_with("250"));
    EXPECT_TRUE(say(sender, "NOOP").starts_with("250")); // no second verdict came
    EXPECT_EQ(one.messages("ann"), 1U);
    EXPECT_EQ(one.messages("ben"), 1U);
}

TEST(lmtp, forgets_recipients_at_rset)
{
    office_under_test one;
    wire_client sender(one.port(door::lmtp));
    greeted(sender, "LHLO");
    say(sender, "MAIL FROM:<>");
    say(sender, "RCPT TO:<ben@example.org>");
    say(sender, "RSET");
    say(sender, "MAIL FROM:<>");
    say(sender, "RCPT TO:<ann@example.org>");
    say(sender, "DATA");
    EXPECT_TRUE(say(sender, "Subject: x\r\n\r\n.").starts_with("250"));
    EXPECT_EQ(one.messages("ann"), 1U);
    EXPECT_EQ(one.messages("ben"), 0U);
}

TEST(lmtp, leaves_nothing_of_a_message_that_was_cut_off)
{
    office_under_test one;
    wire_client sender(one.port(door::lmtp));
    greeted(sender, "LHLO");
    say(sender, "MAIL FROM:<>");
    say(sender, "RCPT TO:<ann@example.org>");
    say(sender, "DATA");
    sender.send("Subject: half\r\n\r\nand no more");
    sender.reset();
    one.stop_and_wait();
    EXPECT_EQ(one.messages("ann"), 0U);
}

TEST(lmtp, a_message_that_comes_slowly_keeps_no_other_out)
{
    office_under_test one([](settings& site) { site.limits.deliveries_per_user = 1; });
    wire_client first(one.port(door::lmtp)), second(one.port(door::lmtp));
    for (auto* sender : {&first, &second}) {
        greeted(*sender, "LHLO");
        say(*sender, "MAIL FROM:<>");
        say(*sender, "RCPT TO:<ann@example.org>");
    }
    EXPECT_TRUE(say(first, "DATA").starts_with("354"));
    EXPECT_TRUE(say(second, "DATA").starts_with("354"));
    EXPECT_TRUE(say(second, "Subject: x\r\n\r\n.").starts_with("250"));
    EXPECT_TRUE(say(first, "Subject: x\r\n\r\n.").starts_with("250"));
    EXPECT_EQ(one.messages("ann"), 2U);
}

TEST(lmtp, gives_one_copy_to_each_account_and_one_verdict_to_each_address)
{
    office_under_test one;
    wire_client sender(one.port(door::lmtp));
    greeted(sender, "LHLO");
    say(sender, "MAIL FROM:<>");
    for (const auto* address : {"ann@example.org", "both@example.org", "ann@example.org", "both@elsewhere"})
        EXPECT_TRUE(say(sender, "RCPT TO:<" + std::string(address) + ">").starts_with("250"));
    EXPECT_TRUE(say(sender, "DATA").starts_with("354"));
    EXPECT_TRUE(say(sender, "Subject: x\r\n\r\n.").starts_with("250"));
    for (int more = 0; more < 3; ++more) EXPECT_TRUE(sender.reply().starts_with("250 2.0.0"));
    EXPECT_EQ(one.messages("ann"), 1U);
    EXPECT_EQ(one.messages("ben"), 1U);
}

TEST(mail_in, makes_the_sender_wait_where_the_directory_is_down)
{
    office_under_test one({}, [](known_users& users) { users.down = base::failure::storage; });
    for (const auto which : {door::lmtp, door::smtp}) {
        wire_client sender(one.port(which));
        greeted(sender, which == door::lmtp ? "LHLO" : "EHLO");
        say(sender, "MAIL FROM:<>");
        for (const auto* address : {"ann@example.org", "ann@example.com", "postmaster"})
            EXPECT_TRUE(say(sender, "RCPT TO:<" + std::string(address) + ">").starts_with("451"));
    }
}

TEST(delivery_limits, let_messages_in_by_turns_and_never_in_a_circle)
{
    delivery_limits limits;
    std::optional<delivery_limits::turn> first(std::in_place, limits, std::vector<std::string>{"ann", "ben"});
    std::optional<delivery_limits::turn> second(std::in_place, limits,
                                                std::vector<std::string>{"ben", "zoe"});
    const delivery_limits::turn third(limits, {"zoe", "ann"}), other(limits, {"max"});
    EXPECT_TRUE(first->has_come(1));
    EXPECT_FALSE(second->has_come(1));
    EXPECT_FALSE(third.has_come(1));
    EXPECT_TRUE(third.has_come(2));
    EXPECT_TRUE(other.has_come(1));
    first.reset();
    EXPECT_TRUE(second->has_come(1));
    EXPECT_FALSE(third.has_come(1));
    second.reset();
    EXPECT_TRUE(third.has_come(1));
}

TEST(lmtp, turns_away_connections_above_the_limit)
{
    office_under_test one([](settings& site) { site.limits.mail_in_connections_max = 1; });
    wire_client first(one.port(door::lmtp));
    EXPECT_TRUE(first.reply().starts_with("220"));
    wire_client second(one.port(door::lmtp));
    EXPECT_TRUE(second.reply().starts_with("421 4.3.2"));
    EXPECT_TRUE(second.closed());
}

TEST(smtp, is_never_a_relay)
{
    office_under_test one;
    wire_client sender(one.port(door::smtp));
    greeted(sender, "EHLO");
    say(sender, "MAIL FROM:<ann@example.org>");
    EXPECT_TRUE(say(sender, "RCPT TO:<someone@example.com>").starts_with("550 5.7.1"));
    EXPECT_TRUE(say(sender, "RCPT TO:<someone%example.com@example.org>").starts_with("550 5.1.1"));
}

TEST(smtp, takes_mail_for_local_domains_over_tls)
{
    office_under_test one;
    wire_client sender(one.port(door::smtp));
    greeted(sender, "EHLO");
    EXPECT_TRUE(say(sender, "STARTTLS").starts_with("220"));
    ASSERT_TRUE(sender.start_tls());
    EXPECT_TRUE(say(sender, "EHLO me").starts_with("250"));
    say(sender, "MAIL FROM:<a@example.com>");
    say(sender, "RCPT TO:<ann@example.org>");
    say(sender, "DATA");
    EXPECT_TRUE(say(sender, "Subject: x\r\n\r\n.").starts_with("250"));
    EXPECT_EQ(one.messages("ann"), 1U);
}

TEST(mail_in, lets_a_message_under_way_finish_when_the_post_office_closes)
{
    office_under_test one;
    wire_client sender(one.port(door::lmtp));
    greeted(sender, "LHLO");
    say(sender, "MAIL FROM:<>");
    say(sender, "RCPT TO:<ann@example.org>");
    EXPECT_TRUE(say(sender, "DATA").starts_with("354"));
    one.shared_state->stop();
    EXPECT_TRUE(say(sender, "Subject: last\r\n\r\n.").starts_with("250"));
    EXPECT_TRUE(sender.reply().starts_with("421"));
    EXPECT_TRUE(sender.closed());
    EXPECT_EQ(one.messages("ann"), 1U);
}

} // namespace
} // namespace server::testing
