// STLS, POP3S, what is injected before, deadlines, and new certificates.
#include "unit/server/office_under_test.hpp"
#include "unit/server/wire_client.hpp"

#include <gtest/gtest.h>

namespace server::testing {
namespace {

TEST(tls, begins_after_stls_and_then_takes_the_password)
{
    office_under_test one([](settings& site) { site.listeners[0].plaintext_allowed = false; });
    wire_client client(one.port(door::pop3));
    client.line();
    EXPECT_TRUE(client.command("USER ann").starts_with("-ERR"));
    EXPECT_TRUE(client.command("STLS").starts_with("+OK"));
    ASSERT_TRUE(client.start_tls());
    EXPECT_TRUE(client.command("STLS").starts_with("-ERR"));
    client.command("USER ann");
    EXPECT_TRUE(client.command("PASS ann's secret").starts_with("+OK"));
}

TEST(tls, never_performs_what_was_injected_behind_stls)
{
    office_under_test one;
    wire_client client(one.port(door::pop3));
    client.line();
    client.send("STLS\r\nUSER ann\r\nCAPA\r\n");
    EXPECT_TRUE(client.line().starts_with("+OK"));
    ASSERT_TRUE(client.start_tls());
    // The first answer inside is that to the first command inside: no +OK of USER, no capability list; and no
    // user is known, so PASS is out of order.
    EXPECT_TRUE(client.command("PASS ann's secret").starts_with("-ERR"));
    EXPECT_EQ(one.log.count("stls-injection"), 1U);
}

TEST(tls, never_performs_what_was_injected_behind_starttls)
{
    office_under_test one;
    wire_client client(one.port(door::smtp));
    client.reply();
    client.send("EHLO me\r\n");
    client.reply();
    client.send("STARTTLS\r\nMAIL FROM:<evil@example.com>\r\n");
    EXPECT_TRUE(client.reply().starts_with("220"));
    ASSERT_TRUE(client.start_tls());
    client.send("EHLO me\r\n");
    EXPECT_TRUE(client.reply().starts_with("250"));
    client.send("RCPT TO:<ann@example.org>\r\n");
    EXPECT_TRUE(client.reply().starts_with("503"));
    EXPECT_EQ(one.log.count("stls-injection"), 1U);
}

TEST(tls, gives_up_a_stalled_handshake_at_the_deadline)
{
    office_under_test one([](settings& site) { site.deadlines.tls_handshake = milliseconds(50); });
    wire_client client(one.port(door::pop3s));
    client.send("\x16\x03\x01"); // the beginning of a record
    EXPECT_EQ(client.rest().find("+OK"), std::string::npos);
    one.stop_and_wait();
    EXPECT_EQ(one.log.count("reason=tls-handshake-failed"), 1U);
}

TEST(tls, shows_a_new_certificate_after_a_reload_and_leaves_sessions_alone)
{
    office_under_test one;
    wire_client before(one.port(door::pop3s), true);
    log_in(before, "ann");
    one.replace_certificate();
    const auto notes = one.shared_state->reload(one.site);
    ASSERT_TRUE(notes.has_value()) << notes.error().operator_text;
    EXPECT_TRUE(notes->empty());
    wire_client after(one.port(door::pop3s), true);
    EXPECT_NE(after.certificate(), before.certificate());
    EXPECT_EQ(before.command("STAT"), "+OK 0 0");
}

TEST(tls, notices_a_new_certificate_by_itself)
{
    office_under_test one([](settings& site) { site.watch_every = milliseconds(5); });
    const auto old = wire_client(one.port(door::pop3s), true).certificate();
    one.replace_certificate();
    const auto patience = std::chrono::steady_clock::now() + seconds(20);
    std::string shown = old;
    while (shown == old && std::chrono::steady_clock::now() < patience)
        shown = wire_client(one.port(door::pop3s), true).certificate();
    EXPECT_NE(shown, old);
}

TEST(tls, refuses_a_reload_with_a_bad_certificate_whole)
{
    office_under_test one;
    auto wanted = one.site;
    wanted.host_name = "other.example.org";
    wanted.tls->certificate.key_path = "/nowhere/key.pem";
    EXPECT_FALSE(one.shared_state->reload(wanted).has_value());
    wire_client client(one.port(door::pop3s), true);
    EXPECT_EQ(client.line().find("other.example.org"), std::string::npos);
    EXPECT_EQ(one.log.count("reload-refused"), 1U);
}

TEST(reload, takes_what_can_change_and_names_what_needs_a_restart)
{
    office_under_test one;
    auto wanted = one.site;
    wanted.host_name = "other.example.org";
    wanted.threads = 7;
    wanted.listeners.pop_back();
    const auto notes = one.shared_state->reload(wanted);
    ASSERT_TRUE(notes.has_value());
    EXPECT_EQ(*notes, (std::vector<std::string>{"listeners", "threads"}));
    wire_client client(one.port(door::smtp));
    EXPECT_NE(client.line().find("other.example.org"), std::string::npos);
}

} // namespace
} // namespace server::testing
