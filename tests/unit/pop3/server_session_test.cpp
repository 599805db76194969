// What a transcript cannot show: bounded memory, pieces, counts, ends in the middle.
#include "mail/unique_id.hpp"
#include "pop3/server_session.hpp"

#include <gtest/gtest.h>

#include <random>
#include <utility>

using namespace pop3;

namespace {

std::shared_ptr<const mail::listing> listing_of(std::size_t messages)
{
    mail::listing::builder out;
    out.reserve(messages);
    for (std::size_t i = 0; i < messages; ++i) out.add("unique-id-" + std::to_string(i), 5'000'000'000);
    return std::make_shared<const mail::listing>(std::move(out).build());
}

/// A session that is logged in to so many messages, with nothing in its output.
struct logged_in_session {
    explicit logged_in_session(std::size_t messages, session_policy policy = {})
        : logged_in_session(listing_of(messages), std::move(policy))
    {
    }
    explicit logged_in_session(std::shared_ptr<const mail::listing> listing, session_policy policy = {})
        : session((policy.plaintext_allowed = true, std::move(policy)))
    {
        session.receive("USER ann\r\nPASS secret\r\n");
        EXPECT_TRUE(std::holds_alternative<check_password>(session.next()));
        opened_maildrop opened;
        opened.listing = std::move(listing);
        session.logged_in(std::move(opened));
        session.output().clear();
    }

    server_session session;
};

} // namespace

TEST(server_session, a_million_messages_go_out_in_pieces)
{
    constexpr std::size_t messages = 1'000'000;
    logged_in_session on(messages);
    on.session.receive("STAT\r\nLIST\r\nUIDL\r\nDELE 1000000\r\n");
    std::size_t pieces = 0, octets = 0, largest = 0;
    std::string last, first;
    for (bool more = true; more; ++pieces) {
        const action wanted = on.session.next();
        more = std::holds_alternative<flush>(wanted);
        ASSERT_TRUE(more || std::holds_alternative<need_octets>(wanted));
        largest = std::max(largest, on.session.output().size());
        octets += on.session.output().size();
        last = std::exchange(on.session.output(), {});
        if (first.empty()) first = last.substr(0, 60);
    }
    EXPECT_TRUE(first.starts_with("+OK 1000000 5000000000000000\r\n+OK 1000000 messages (")) << first;
    EXPECT_GT(pieces, 100U);
    EXPECT_GT(octets, messages * 30);
    EXPECT_LE(largest, 80U * 1024);
    EXPECT_TRUE(last.ends_with("1000000 unique-id-999999\r\n.\r\n+OK message 1000000 marked as deleted\r\n"));
}

TEST(server_session, listings_are_to_the_octet)
{
    std::mt19937_64 random(23);
    mail::listing::builder builder;
    std::string list, uidl;
    std::uint64_t count = 0, octets = 0;
    for (std::size_t i = 1; i <= 12'000; ++i) {
        const std::uint64_t size = random() >> (random() % 64);
        const std::string id(1 + random() % mail::unique_id_octets_max,
                             static_cast<char>('!' + random() % 94));
        builder.add(id, size);
        if (i % 7 == 0) continue; // these will be marked
        ++count;
        octets += size;
        list += std::to_string(i) + " " + std::to_string(size) + "\r\n";
        uidl += std::to_string(i) + " " + id + "\r\n";
    }
    logged_in_session on(std::make_shared<const mail::listing>(std::move(builder).build()));
    const auto say = [&](const std::string& command) {
        on.session.receive(command + "\r\n");
        std::string out;
        while (std::holds_alternative<flush>(on.session.next()))
            out += std::exchange(on.session.output(), {});
        return out + std::exchange(on.session.output(), {});
    };
    for (std::size_t i = 7; i <= 12'000; i += 7) say("DELE " + std::to_string(i));
    EXPECT_EQ(say("LIST"), "+OK " + std::to_string(count) + " messages (" + std::to_string(octets) +
                               " octets)\r\n" + list + ".\r\n");
    EXPECT_EQ(say("UIDL"), "+OK unique-ids follow\r\n" + uidl + ".\r\n");
    EXPECT_EQ(say("LIST 1"), "+OK " + list.substr(0, list.find('\n') + 1));
    EXPECT_EQ(say("UIDL 1"), "+OK " + uidl.substr(0, uidl.find('\n') + 1));
}

TEST(server_session, replies_are_gathered)
{
    logged_in_session on(1);
    on.session.receive("NOOP\r\nNOOP\r\nSTAT\r\n");
    EXPECT_TRUE(std::holds_alternative<need_octets>(on.session.next()));
    EXPECT_EQ(on.session.output(), "+OK\r\n+OK\r\n+OK 1 5000000000\r\n");
}

TEST(server_session, output_is_bounded_though_commands_pile_up)
{
    logged_in_session on(1);
    std::string commands;
    for (int i = 0; i < 100'000; ++i) commands += "CAPA\r\n";
    on.session.receive(commands);
    std::size_t flushes = 0;
    for (; std::holds_alternative<flush>(on.session.next()); ++flushes) {
        EXPECT_LE(on.session.output().size(), 64U * 1024);
        on.session.output().clear();
    }
    EXPECT_GT(flushes, 100U);
    EXPECT_EQ(on.session.buffered(), 0U);
}

TEST(server_session, an_endless_line_is_not_held)
{
    logged_in_session on(1);
    const std::string piece(4096, 'x');
    for (int i = 0; i < 1000; ++i) {
        on.session.receive(piece);
        EXPECT_TRUE(std::holds_alternative<need_octets>(on.session.next()));
        EXPECT_LE(on.session.buffered(), 12'288U);
    }
    EXPECT_EQ(on.session.output(), "");
}

TEST(server_session, counts_for_the_log)
{
    logged_in_session on(3);
    for (const std::string_view line : {"RETR 1\r\n", "TOP 2 1\r\n"}) {
        on.session.receive(line);
        ASSERT_TRUE(std::holds_alternative<send_message>(on.session.next()));
        on.session.sending(120);
        on.session.sent();
    }
    on.session.receive("BOGUS\r\nDELE 3\r\nQUIT\r\n");
    const action wanted = on.session.next();
    ASSERT_TRUE(std::holds_alternative<update>(wanted));
    EXPECT_EQ(std::get<update>(wanted).marked, std::vector<std::size_t>{2});
    EXPECT_EQ(on.session.state(), state::update);
    on.session.updated(1, nullptr);
    const action ending = on.session.next();
    ASSERT_TRUE(std::holds_alternative<pop3::close>(ending));
    EXPECT_TRUE(std::get<pop3::close>(ending).orderly);
    EXPECT_EQ(on.session.counts().retrieved, 1U);
    EXPECT_EQ(on.session.counts().retrieved_octets, 120U);
    EXPECT_EQ(on.session.counts().topped, 1U);
    EXPECT_EQ(on.session.counts().deleted, 1U);
    EXPECT_EQ(on.session.counts().bad_commands, 1U);
}

TEST(server_session, a_retr_that_did_not_end_marks_nothing)
{
    session_policy policy;
    policy.expire.days = 0;
    logged_in_session on(1, policy);
    on.session.receive("RETR 1\r\n");
    ASSERT_TRUE(std::holds_alternative<send_message>(on.session.next()));
    on.session.message_failed(
        {.kind = base::failure::storage, .temporary = true, .peer_text = {}, .operator_text = {}});
    on.session.receive("QUIT\r\n");
    const action wanted = on.session.next();
    ASSERT_TRUE(std::holds_alternative<update>(wanted));
    EXPECT_TRUE(std::get<update>(wanted).marked.empty());
}

TEST(server_session, ending_says_nothing_within_a_response)
{
    logged_in_session in_listing(100'000);
    in_listing.session.receive("LIST\r\n");
    ASSERT_TRUE(std::holds_alternative<flush>(in_listing.session.next()));
    in_listing.session.output().clear();
    in_listing.session.end("shutting down");
    EXPECT_EQ(in_listing.session.output(), "");
    EXPECT_FALSE(std::get<pop3::close>(in_listing.session.next()).orderly);

    logged_in_session in_message(1);
    in_message.session.receive("RETR 1\r\n");
    ASSERT_TRUE(std::holds_alternative<send_message>(in_message.session.next()));
    in_message.session.sending(5);
    in_message.session.output().clear();
    in_message.session.end("shutting down");
    EXPECT_EQ(in_message.session.output(), "");
    in_message.session.sent(); // comes too late, and is ignored
    EXPECT_TRUE(std::holds_alternative<pop3::close>(in_message.session.next()));
}

TEST(server_session, an_end_within_log_in_wins)
{
    session_policy policy;
    policy.plaintext_allowed = true;
    server_session session(policy);
    session.receive("USER ann\r\nPASS secret\r\nDELE 1\r\n");
    ASSERT_TRUE(std::holds_alternative<check_password>(session.next()));
    EXPECT_EQ(session.user(), "ann");
    session.output().clear();
    session.end("shutting down");
    EXPECT_EQ(session.output(), "-ERR [SYS/TEMP] shutting down\r\n");
    opened_maildrop opened;
    opened.listing = listing_of(1);
    session.logged_in(std::move(opened));
    EXPECT_TRUE(std::holds_alternative<pop3::close>(session.next()));
    EXPECT_EQ(session.state(), state::authorization);
}

TEST(server_session, tells_who_is_logged_in)
{
    server_session session([] {
        session_policy policy;
        policy.tls_active = true;
        policy.tls_mechanisms = {{.name = "PLAIN"}};
        return policy;
    }());
    session.receive("AUTH PLAIN AGFubgBzZWNyZXQ=\r\n");
    const action wanted = session.next();
    ASSERT_TRUE(std::holds_alternative<sasl_begin>(wanted));
    EXPECT_EQ(std::get<sasl_begin>(wanted).initial_response, std::string("\0ann\0secret", 11));
    opened_maildrop opened;
    opened.listing = listing_of(0);
    opened.user = "ann";
    session.logged_in(std::move(opened));
    EXPECT_EQ(session.user(), "ann");
}

TEST(server_session, plain_text_behind_stls_is_counted)
{
    session_policy policy;
    policy.tls_available = true;
    server_session session(policy);
    session.receive("STLS\r\nUSER mallory\r\nCA");
    const action wanted = session.next();
    ASSERT_TRUE(std::holds_alternative<start_tls>(wanted));
    EXPECT_EQ(std::get<start_tls>(wanted).pending_plaintext, 16U);
    session.receive("PA\r\n"); // read from the socket before the handshake
    session.tls_started();
    session.output().clear();
    EXPECT_TRUE(session.tls_active());
    EXPECT_TRUE(std::holds_alternative<need_octets>(session.next()));
    EXPECT_EQ(session.output(), "");
}
