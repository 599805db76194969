// Mail out: octets, removal at QUIT and at nothing else, and sessions that are ended.
#include "unit/server/office_under_test.hpp"
#include "unit/server/wire_client.hpp"

#include <gtest/gtest.h>

#include <random>

namespace server::testing {
namespace {

/// Lines of every length with dots at their starts, about `octets` long.
std::string large_message(std::size_t octets)
{
    std::mt19937 numbers(20261124);
    std::string out = "Subject: large\r\n\r\n";
    out.reserve(octets + 1000);
    while (out.size() < octets) {
        const std::size_t length = numbers() % 900;
        if (numbers() % 4 == 0) out += '.';
        out.append(length, static_cast<char>('a' + numbers() % 26));
        out += "\r\n";
    }
    return out;
}

TEST(pop3_connection, retrieves_a_large_message_to_the_octet)
{
    office_under_test one;
    const auto message = large_message(20'000'000);
    one.post("ann", message);
    wire_client client(one.port(door::pop3s), true);
    log_in(client, "ann");
    EXPECT_EQ(client.command("LIST 1"), "+OK 1 " + std::to_string(message.size()));
    EXPECT_TRUE(client.command("RETR 1").starts_with("+OK"));
    EXPECT_TRUE(client.multi_line() == message);
    EXPECT_EQ(client.command("NOOP").substr(0, 3), "+OK");
}

TEST(pop3_connection, answers_a_whole_session_sent_at_once_in_order)
{
    office_under_test one;
    one.post("ann", "Subject: a\r\n\r\n.dot\r\n..\r\n");
    one.post("ann", "Subject: b\r\n\r\nwithout an end");
    wire_client client(one.port(door::pop3));
    client.line();
    client.send("USER ann\r\nPASS ann's secret\r\nSTAT\r\nRETR 1\r\nTOP 2 0\r\nRETR 2\r\nDELE 1\r\nQUIT\r\n");
    EXPECT_TRUE(client.line().starts_with("+OK"));
    EXPECT_TRUE(client.line().starts_with("+OK"));
    EXPECT_EQ(client.line(), "+OK 2 54"); // with the end that RETR puts behind the second
    EXPECT_TRUE(client.line().starts_with("+OK"));
    EXPECT_EQ(client.multi_line(), "Subject: a\r\n\r\n.dot\r\n..\r\n");
    EXPECT_TRUE(client.line().starts_with("+OK"));
    EXPECT_EQ(client.multi_line(), "Subject: b\r\n\r\n");
    EXPECT_TRUE(client.line().starts_with("+OK"));
    EXPECT_EQ(client.multi_line(), "Subject: b\r\n\r\nwithout an end\r\n");
    EXPECT_TRUE(client.line().starts_with("+OK"));
    EXPECT_TRUE(client.line().starts_with("+OK"));
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(one.messages("ann"), 1U);
    EXPECT_EQ(one.log.count("deleted session="), 1U);
    one.stop_and_wait();
    EXPECT_EQ(one.log.count("log-out"), 1U);
    EXPECT_EQ(one.log.count("reason=quit retrieved=2"), 1U);
}

/// Marks a message, ends in some way, and looks whether it is there: the next log-in waits for the lock.
class ending_without_quit : public ::testing::Test {
protected:
    ending_without_quit() : one([](settings& site) { site.deadlines.lock_wait = seconds(10); })
    {
        one.post("ann", "Subject: precious\r\n\r\n");
    }
    void mark(wire_client& client)
    {
        log_in(client, "ann");
        EXPECT_TRUE(client.command("RETR 1").starts_with("+OK"));
        client.multi_line();
        EXPECT_TRUE(client.command("DELE 1").starts_with("+OK"));
    }
    void expect_still_there()
    {
        wire_client next(one.port(door::pop3));
        log_in(next, "ann");
        EXPECT_EQ(next.command("STAT"), "+OK 1 21");
    }
    office_under_test one;
};

TEST_F(ending_without_quit, by_rst_removes_nothing)
{
    wire_client client(one.port(door::pop3));
    mark(client);
    client.reset();
    expect_still_there();
}

TEST_F(ending_without_quit, by_a_quit_cut_short_removes_nothing)
{
    wire_client client(one.port(door::pop3));
    mark(client);
    client.send("QUIT");
    client.reset();
    expect_still_there();
}

TEST_F(ending_without_quit, by_a_kick_removes_nothing)
{
    wire_client client(one.port(door::pop3));
    mark(client);
    EXPECT_EQ(one.shared_state->kick("ben"), 0U);
    EXPECT_EQ(one.shared_state->kick("ann"), 1U);
    EXPECT_EQ(client.rest(), "");
    expect_still_there();
}

TEST_F(ending_without_quit, by_the_end_of_the_post_office_removes_nothing)
{
    wire_client client(one.port(door::pop3));
    mark(client);
    one.stop_and_wait();
    EXPECT_EQ(client.rest(), "");
    EXPECT_EQ(one.messages("ann"), 1U);
    EXPECT_EQ(one.log.count("reason=shutdown"), 1U);
}

TEST(pop3_connection, performs_a_whole_quit_for_a_peer_that_has_gone)
{
    office_under_test one([](settings& site) { site.deadlines.lock_wait = seconds(10); });
    one.post("ann", "Subject: old\r\n\r\n");
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    client.send("DELE 1\r\nQUIT\r\n");
    client.reset();
    wire_client next(one.port(door::pop3));
    log_in(next, "ann");
    // Either the RST overtook the octets in the kernel, or all was done; half is not possible.
    const auto left = next.command("STAT");
    EXPECT_TRUE(left == "+OK 0 0" || left == "+OK 1 16") << left;
    EXPECT_EQ(one.log.count("deleted session="), left == "+OK 0 0" ? 1U : 0U);
}

TEST(pop3_connection, closes_an_idle_session_silently_and_removes_nothing)
{
    office_under_test one([](settings& site) { site.deadlines.idle = milliseconds(50); });
    one.post("ann", "Subject: precious\r\n\r\n");
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    client.command("DELE 1");
    EXPECT_EQ(client.rest(), "");
    EXPECT_EQ(one.messages("ann"), 1U);
}

TEST(pop3_connection, makes_the_second_session_wait_and_then_tells_that_the_maildrop_is_in_use)
{
    office_under_test one([](settings& site) { site.deadlines.lock_wait = milliseconds(50); });
    wire_client holder(one.port(door::pop3));
    log_in(holder, "ann");
    wire_client second(one.port(door::pop3));
    second.line();
    second.command("USER ann");
    const auto begun = std::chrono::steady_clock::now();
    const auto refused = second.command("PASS ann's secret");
    EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(50));
    EXPECT_TRUE(refused.starts_with("-ERR [IN-USE]")) << refused;
    EXPECT_NE(refused.find("since"), std::string::npos) << refused;
    holder.command("QUIT");
    second.command("USER ann");
    EXPECT_TRUE(second.command("PASS ann's secret").starts_with("+OK"));
}

TEST(pop3_connection, lets_an_idle_holder_give_way)
{
    office_under_test one([](settings& site) {
        site.deadlines.lock_wait = seconds(10);
        site.deadlines.lock_holder_idle = milliseconds(0);
    });
    one.post("ann", "Subject: precious\r\n\r\n");
    wire_client holder(one.port(door::pop3));
    log_in(holder, "ann");
    holder.command("DELE 1");
    wire_client second(one.port(door::pop3));
    log_in(second, "ann");
    EXPECT_EQ(holder.rest(), "");
    EXPECT_EQ(second.command("STAT"), "+OK 1 21");
    one.stop_and_wait();
    EXPECT_EQ(one.log.count("reason=gave-way"), 1U);
}

TEST(pop3_connection, serves_two_sessions_of_a_user_where_the_policy_is_snapshot)
{
    office_under_test one({}, [](known_users& users) { users["ann"].account.lock = "snapshot"; });
    wire_client first(one.port(door::pop3)), second(one.port(door::pop3));
    log_in(first, "ann");
    log_in(second, "ann");
    EXPECT_EQ(second.command("STAT"), "+OK 0 0");
}

constexpr std::string_view internationalised =
    "From: Jos\xC3\xA9 <jose@example.org>\r\nX: plain\r\n\r\nbody\r\n";

TEST(pop3_connection, sends_an_internationalised_message_as_it_is_where_the_site_says_so)
{
    office_under_test one([](settings& site) { site.pop3.fallback = utf8_fallback::as_is; });
    one.post("ann", internationalised);
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    client.command("RETR 1");
    EXPECT_EQ(client.multi_line(), internationalised);
}

TEST(pop3_connection, sends_a_surrogate_of_the_size_that_it_listed)
{
    office_under_test one;
    one.post("ann", internationalised);
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    const auto listed = client.command("LIST 1");
    client.command("RETR 1");
    const auto got = client.multi_line();
    EXPECT_EQ(listed, "+OK 1 " + std::to_string(got.size()));
    EXPECT_EQ(got.find('\xC3'), std::string::npos);
    EXPECT_TRUE(got.ends_with("X: plain\r\n\r\nbody\r\n")) << got;
    client.command("TOP 1 0");
    EXPECT_EQ(client.multi_line(), got.substr(0, got.size() - 6));
}

TEST(pop3_connection, sends_a_client_with_utf8_the_original)
{
    office_under_test one;
    one.post("ann", internationalised);
    wire_client client(one.port(door::pop3));
    client.line();
    EXPECT_TRUE(client.command("UTF8").starts_with("+OK"));
    client.command("USER ann");
    client.command("PASS ann's secret");
    client.command("RETR 1");
    EXPECT_EQ(client.multi_line(), internationalised);
}

TEST(pop3_connection, refuses_an_internationalised_message_where_the_site_says_so)
{
    office_under_test one([](settings& site) { site.pop3.fallback = utf8_fallback::refuse; });
    one.post("ann", internationalised);
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    EXPECT_TRUE(client.command("RETR 1").starts_with("-ERR [UTF8]"));
}

} // namespace
} // namespace server::testing
