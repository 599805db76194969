// The sending end against the project's own receiving end, and against servers that misbehave.
#include "lmtp/client_session.hpp"
#include "unit/lmtp/driver.hpp"

#include <gtest/gtest.h>

namespace lmtp_test {
namespace {

using lmtp::client_session;

lmtp::client_settings client_settings(lmtp::protocol protocol = lmtp::protocol::lmtp)
{
    return {.protocol = protocol, .own_name = "collector.example"};
}

lmtp::envelope envelope_for(std::string_view content)
{
    lmtp::content_form form;
    form.take(content);
    return {.sender = "",
            .recipients = {"ann@example.com", "bob@example.com"},
            .octets = form.octets(),
            .eight_bit = form.eight_bit(),
            .binary = form.binary()};
}

/// Both ends in one process; what either says is cut into pieces of `cut` octets.
struct pair_of_ends {
    client_session client;
    driver server;
    std::size_t cut;

    pair_of_ends(lmtp::client_settings settings, lmtp::session_policy policy, std::size_t octets_at_once)
        : client(std::move(settings)), server(std::move(policy)), cut(octets_at_once)
    {
        server.feed("");
        exchange();
        EXPECT_TRUE(std::holds_alternative<client_session::ready>(run()));
    }

    void exchange()
    {
        std::string said = std::exchange(client.output(), {});
        for (std::size_t at = 0; at < said.size(); at += cut)
            server.feed(std::string_view(said).substr(at, cut));
        said = std::exchange(server.output, {});
        for (std::size_t at = 0; at < said.size(); at += cut) {
            client.receive(std::string_view(said).substr(at, cut));
            if (at + cut < said.size()) static_cast<void>(client.next());
        }
    }

    client_session::action run()
    {
        for (int turns = 0; turns < 1000; ++turns) {
            auto action = client.next();
            if (std::holds_alternative<client_session::shake_hands>(action)) {
                client.tls_started();
            } else if (!std::holds_alternative<client_session::need_reply>(action)) {
                return action;
            }
            exchange();
        }
        ADD_FAILURE() << "no end";
        return client_session::need_reply{};
    }

    base::result<> send(std::string_view content, std::size_t piece)
    {
        client.begin(envelope_for(content));
        if (!std::holds_alternative<client_session::send_octets>(run())) return client.outcome();
        for (std::size_t at = 0; at < content.size(); at += piece) {
            EXPECT_TRUE(client.give_octets(content.substr(at, piece)));
            if (!std::holds_alternative<client_session::send_octets>(run())) return client.outcome();
        }
        EXPECT_TRUE(client.end_message());
        EXPECT_TRUE(std::holds_alternative<client_session::ready>(run()));
        return client.outcome();
    }
};

constexpr std::string_view contents[] = {"",
                                         "a: b\r\n\r\ntext\r\n",
                                         ".\r\n..\r\n.dot\r\n\r\n.\r\n",
                                         "bare\nlf\n.\n.\r\nand\rcr\r.\r\r\n",
                                         "ends in cr\r",
                                         "caf\xC3\xA9\r\n"};

TEST(lmtp_client, what_is_sent_is_what_the_server_gets)
{
    for (const auto protocol : {lmtp::protocol::lmtp, lmtp::protocol::smtp})
        for (const std::size_t cut : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}})
            for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{100'000}}) {
                pair_of_ends ends(client_settings(protocol), server_policy(protocol), cut);
                for (const auto content : contents) {
                    ASSERT_TRUE(ends.send(content, piece))
                        << content << ends.client.outcome().error().operator_text;
                    ASSERT_EQ(ends.server.messages.back().content, content);
                    EXPECT_EQ(ends.client.verdicts().size(), 2U);
                }
                EXPECT_EQ(ends.server.messages.size(), std::size(contents));
                ends.client.quit();
                ends.exchange();
                EXPECT_TRUE(ends.server.closed);
            }
}

TEST(lmtp_client, data_adds_the_last_line_end_that_is_missing)
{
    pair_of_ends ends(client_settings(), server_policy(), 1000);
    ASSERT_TRUE(ends.send("a: b\r\n\r\nno end", 1000));
    EXPECT_EQ(ends.server.messages.at(0).content, "a: b\r\n\r\nno end\r\n");
}

TEST(lmtp_client, a_refused_recipient_keeps_the_message_from_all_and_the_session_goes_on)
{
    pair_of_ends ends(client_settings(), server_policy(), 1000);
    ends.server.refused_recipients["bob@example.com"] = error_of(base::failure::unknown_user);
    const auto sent = ends.send("x\r\n", 1000);
    ASSERT_FALSE(sent);
    EXPECT_FALSE(sent.error().temporary);
    EXPECT_EQ(sent.error().kind, base::failure::unknown_user);
    EXPECT_NE(sent.error().operator_text.find("bob@example.com"), std::string::npos);
    EXPECT_TRUE(ends.server.messages.empty());
    ends.server.refused_recipients.clear();
    EXPECT_TRUE(ends.send("x\r\n", 1000));
}

TEST(lmtp_client, tells_who_took_it_and_who_did_not)
{
    pair_of_ends ends(client_settings(), server_policy(), 1000);
    ends.server.failed_deliveries["ann@example.com"] = error_of(base::failure::over_quota, true);
    auto sent = ends.send("x\r\n", 1000);
    ASSERT_FALSE(sent);
    EXPECT_TRUE(sent.error().temporary);
    EXPECT_EQ(sent.error().kind, base::failure::over_quota);
    EXPECT_NE(sent.error().operator_text.find("accepted for bob@example.com"), std::string::npos);

    ends.server.failed_deliveries["bob@example.com"] = error_of(base::failure::refused, false);
    sent = ends.send("x\r\n", 1000);
    ASSERT_FALSE(sent);
    EXPECT_FALSE(sent.error().temporary) << "a refusal for good must not be tried for ever";
}

TEST(lmtp_client, too_large_is_known_before_anything_is_sent)
{
    auto policy = server_policy();
    policy.message_octets_max = 10;
    pair_of_ends ends(client_settings(), policy, 1000);
    const auto sent = ends.send("more than ten octets\r\n", 1000);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().kind, base::failure::too_large);
    EXPECT_TRUE(ends.client.output().empty());
}

TEST(lmtp_client, starttls_comes_before_everything_and_is_asked_again_after)
{
    auto policy = server_policy();
    policy.tls_available = true;
    auto settings = client_settings();
    settings.starttls = true;
    pair_of_ends ends(settings, policy, 1000);
    ASSERT_TRUE(ends.send("x\r\n", 1000));
    EXPECT_EQ(ends.server.messages.at(0).with, "LMTPS");
}

/// Plays `server` octets to a session whose message is `content`, and tells what it said and how it ended.
struct played {
    std::string said;
    std::optional<base::error> failure;
    base::result<> outcome;
};
played play(lmtp::client_settings settings, std::vector<std::string> replies,
            std::string_view content = "x\r\n", lmtp::envelope what = {})
{
    client_session client(std::move(settings));
    played out;
    bool begun = false;
    std::size_t at = 0;
    if (what.recipients.empty()) what = envelope_for(content);
    for (;;) {
        const auto action = client.next();
        out.said += std::exchange(client.output(), {});
        if (const auto* failed = std::get_if<client_session::failed>(&action)) {
            out.failure = failed->cause;
            return out;
        }
        if (std::holds_alternative<client_session::shake_hands>(action)) {
            out.said += "<TLS>";
            client.tls_started();
        } else if (std::holds_alternative<client_session::send_octets>(action)) {
            client.give_octets(content);
            client.end_message();
        } else if (std::holds_alternative<client_session::ready>(action)) {
            if (std::exchange(begun, true)) {
                out.outcome = client.outcome();
                return out;
            }
            client.begin(what);
        } else {
            if (at == replies.size()) {
                ADD_FAILURE() << "waits for a reply after " << out.said;
                return out;
            }
            client.receive(replies[at++]);
        }
    }
}

const std::string hello = "250-mx\r\n250 8BITMIME\r\n";

TEST(lmtp_client, without_pipelining_it_waits_for_each_reply)
{
    const auto done =
        play(client_settings(lmtp::protocol::smtp),
             {"220 hi\r\n", hello, "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n"});
    EXPECT_TRUE(done.outcome);
    EXPECT_EQ(done.said, "EHLO collector.example\r\nMAIL FROM:<>\r\nRCPT TO:<ann@example.com>\r\n"
                         "RCPT TO:<bob@example.com>\r\nDATA\r\nx\r\n.\r\n");
}

TEST(lmtp_client, says_nothing_where_starttls_is_missing_or_injected_into)
{
    auto settings = client_settings();
    settings.starttls = true;
    auto done = play(settings, {"220 hi\r\n", hello});
    ASSERT_TRUE(done.failure);
    EXPECT_EQ(done.failure->kind, base::failure::refused);
    EXPECT_EQ(done.said, "LHLO collector.example\r\n");
    done = play(settings, {"220 hi\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"});
    ASSERT_TRUE(done.failure);
    EXPECT_EQ(done.failure->kind, base::failure::malformed);
    EXPECT_EQ(done.said.find("<TLS>"), std::string::npos);
}

TEST(lmtp_client, extensions_of_before_tls_are_forgotten)
{
    auto settings = client_settings();
    settings.starttls = true;
    const auto done = play(
        settings, {"220 hi\r\n", "250-mx\r\n250-CHUNKING\r\n250 STARTTLS\r\n", "220 go\r\n", "250 mx\r\n"},
        "bare\nlf");
    ASSERT_FALSE(done.outcome);
    EXPECT_NE(done.outcome.error().operator_text.find("CHUNKING"), std::string::npos);
}

TEST(lmtp_client, signs_in_with_plain_and_shows_no_secret_in_errors)
{
    auto settings = client_settings(lmtp::protocol::smtp);
    settings.plain_response = std::string("\0ann\0pw", 7);
    const auto done =
        play(settings, {"220 hi\r\n", "250-mx\r\n250 AUTH LOGIN PLAIN\r\n", "535 5.7.8 no\r\n"});
    EXPECT_TRUE(done.said.ends_with("AUTH PLAIN AGFubgBwdw==\r\n"));
    ASSERT_TRUE(done.failure);
    EXPECT_EQ(done.failure->kind, base::failure::credentials);
    EXPECT_EQ(done.failure->operator_text, "the mail server refuses the sign-in: 535 5.7.8 no");
    EXPECT_FALSE(play(settings, {"220 hi\r\n", "250-mx\r\n250 AUTH LOGIN\r\n"}).said.contains("AUTH"));
}

TEST(lmtp_client, never_sends_what_data_cannot_carry)
{
    for (const std::string& content :
         {std::string("bare\nlf"), std::string("bare\rcr"), std::string("nul\0\r\n", 6),
          std::string(999, 'x') + "\r\n", std::string("end\r")}) {
        const auto done = play(client_settings(), {"220 hi\r\n", hello}, content);
        ASSERT_FALSE(done.outcome) << content;
        EXPECT_FALSE(done.outcome.error().temporary);
        EXPECT_EQ(done.said, "LHLO collector.example\r\n");
    }
    EXPECT_FALSE(play(client_settings(), {"220 hi\r\n", "250 mx\r\n"}, "caf\xC3\xA9\r\n").outcome)
        << "no 8BITMIME";
}

TEST(lmtp_client, octets_that_are_not_what_was_measured_are_never_ended)
{
    for (const std::string& content :
         {std::string("a\nb"), std::string("a\r\n.\r"), std::string("ab"), std::string("abcd")}) {
        lmtp::envelope lie = envelope_for("abc");
        const auto done =
            play(client_settings(),
                 {"220 hi\r\n", hello, "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"}, content, lie);
        ASSERT_TRUE(done.failure) << content;
        EXPECT_TRUE(done.said.ends_with("DATA\r\n")) << done.said;
    }
}

TEST(lmtp_client, addresses_cannot_bring_commands_along)
{
    for (const std::string bad :
         {"ann@example.com>\r\nDATA", "a\nb@c", "", "a>b@c", "ann@example.com> SIZE=1"}) {
        lmtp::envelope what = envelope_for("x\r\n");
        what.recipients = {bad};
        const auto done = play(client_settings(), {"220 hi\r\n", hello}, "x\r\n", what);
        ASSERT_FALSE(done.outcome) << bad;
        EXPECT_EQ(done.said, "LHLO collector.example\r\n");
    }
}

TEST(lmtp_client, a_421_ends_it_and_is_temporary)
{
    for (const std::string where : {"421 4.3.2 bye\r\n"}) {
        const auto done = play(client_settings(), {where});
        ASSERT_TRUE(done.failure);
        EXPECT_TRUE(done.failure->temporary);
    }
    EXPECT_TRUE(play(client_settings(), {"220 hi\r\n", hello, "421 bye\r\n"}).failure);
    EXPECT_TRUE(play(client_settings(), {"554 no\r\n"}).failure);
    EXPECT_TRUE(play(client_settings(),
                     {"220 hi\r\n", hello, "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "250 what\r\n"})
                    .failure);
}

TEST(reply_reader, puts_lines_together_and_takes_the_enhanced_code_off)
{
    lmtp::reply_reader reader;
    reader.receive("250-2.1.5 one\r\n250");
    EXPECT_FALSE(reader.next());
    reader.receive(" 2.1.5 two\n");
    const auto got = reader.next();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->reply.code, 250U);
    EXPECT_EQ(got->reply.enhanced, "2.1.5");
    EXPECT_EQ(got->reply.text, "one two");
    EXPECT_EQ(reader.buffered(), 0U);
}

TEST(reply_reader, is_broken_by_what_is_no_reply)
{
    for (const std::string& bad :
         {std::string("HTTP/1.1 200 OK\r\n"), std::string("25\r\n"), std::string("250-a\r\n251 b\r\n"),
          std::string("999 x\r\n"), std::string("250x\r\n"), std::string(5000, '2')}) {
        lmtp::reply_reader reader;
        reader.receive(bad);
        EXPECT_FALSE(reader.next());
        EXPECT_TRUE(reader.broken()) << bad;
    }
}

TEST(content_form, knows_what_data_can_carry)
{
    const auto binary = [](std::string_view text) {
        lmtp::content_form whole, split;
        whole.take(text);
        for (const char octet : text) split.take({&octet, 1});
        EXPECT_EQ(whole.binary(), split.binary()) << text;
        return whole.binary();
    };
    EXPECT_FALSE(binary(""));
    EXPECT_FALSE(binary("a\r\n\r\n.b"));
    EXPECT_FALSE(binary(std::string(998, 'x') + "\r\n" + std::string(998, 'y')));
    EXPECT_TRUE(binary(std::string(999, 'x')));
    EXPECT_TRUE(binary("\n"));
    EXPECT_TRUE(binary("\r\r\n"));
    EXPECT_TRUE(binary("a\r"));
    EXPECT_TRUE(binary(std::string_view("\0", 1)));
}

} // namespace
} // namespace lmtp_test
