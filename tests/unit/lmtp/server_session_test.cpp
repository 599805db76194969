// What no dialogue file can show: limits in size, endings by the server, bounded memory.
#include "unit/lmtp/driver.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace lmtp_test {
namespace {

constexpr std::string_view opening = "LHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<ann@example.com>\r\n";

TEST(server_session, greets_by_protocol)
{
    driver lmtp(server_policy()), smtp(server_policy(lmtp::protocol::smtp));
    lmtp.feed("");
    smtp.feed("");
    EXPECT_EQ(lmtp.output, "220 mx.example LMTP ready\r\n");
    EXPECT_EQ(smtp.output, "220 mx.example ESMTP ready\r\n");
}

TEST(server_session, takes_a_thousand_recipients_and_no_more)
{
    driver post(server_policy());
    post.feed("LHLO c\r\nMAIL FROM:<>\r\n");
    for (int i = 0; i < 1001; ++i) post.feed("RCPT TO:<u" + std::to_string(i) + "@example.com>\r\n");
    EXPECT_TRUE(post.output.ends_with("250 2.1.5 Recipient OK\r\n452 4.5.3 Too many recipients\r\n"));
    post.output.clear();
    post.feed("DATA\r\nx\r\n.\r\n");
    ASSERT_EQ(post.messages.size(), 1U);
    EXPECT_EQ(post.messages[0].recipients.size(), 1000U);
    std::size_t delivered = 0;
    for (std::size_t at = 0; (at = post.output.find("250 2.0.0 Delivered\r\n", at)) != std::string::npos;
         ++at)
        ++delivered;
    EXPECT_EQ(delivered, 1000U);
}

TEST(server_session, end_says_421_and_drops_a_message_that_is_half_there)
{
    for (const std::string_view half : {"DATA\r\nhalf", "BDAT 4\r\nhalf", "BDAT 9\r\nhalf"}) {
        driver post(server_policy());
        post.feed(opening);
        post.feed(half);
        post.output.clear();
        post.session.end("Shutting down");
        post.feed("");
        EXPECT_EQ(post.output, "421 4.3.2 mx.example Shutting down\r\n");
        EXPECT_TRUE(post.closed);
        EXPECT_EQ(post.abandoned, 1U);
        EXPECT_TRUE(post.messages.empty());
    }
}

TEST(server_session, end_lets_the_verdicts_of_a_delivery_out_first)
{
    lmtp::server_session session(server_policy());
    session.receive(std::string(opening) + "DATA\r\n.\r\nNOOP\r\n");
    while (true) {
        const lmtp::action asked = session.next();
        if (std::holds_alternative<lmtp::check_recipient>(asked)) session.recipient_accepted();
        if (std::holds_alternative<lmtp::begin_message>(asked)) session.message_begun();
        if (std::holds_alternative<lmtp::end_message>(asked)) break;
        ASSERT_FALSE(std::holds_alternative<lmtp::need_octets>(asked));
    }
    session.output().clear();
    session.end("Shutting down");
    const base::result<> good;
    session.delivered({&good, 1});
    EXPECT_TRUE(std::holds_alternative<lmtp::close>(session.next()));
    EXPECT_EQ(session.output(), "250 2.0.0 Delivered\r\n421 4.3.2 mx.example Shutting down\r\n");
}

TEST(server_session, a_verdict_that_is_missing_is_a_temporary_failure)
{
    lmtp::server_session session(server_policy());
    session.receive(std::string(opening) + "DATA\r\n.\r\n");
    for (bool done = false; !done;) {
        const lmtp::action asked = session.next();
        if (std::holds_alternative<lmtp::check_recipient>(asked)) session.recipient_accepted();
        if (std::holds_alternative<lmtp::begin_message>(asked)) session.message_begun();
        done = std::holds_alternative<lmtp::end_message>(asked);
    }
    session.output().clear();
    session.delivered({});
    EXPECT_EQ(session.output(), "451 4.3.0 Local error; try again later\r\n");
}

TEST(server_session, next_without_the_outcome_is_a_broken_programme)
{
    lmtp::server_session session(server_policy());
    session.receive(opening);
    while (!std::holds_alternative<lmtp::check_recipient>(session.next())) {
    }
    EXPECT_THROW(session.next(), std::logic_error);
}

TEST(server_session, drops_plain_text_behind_starttls_and_counts_it)
{
    lmtp::session_policy with_tls = server_policy(lmtp::protocol::smtp);
    with_tls.tls_available = true;
    driver post(with_tls);
    post.feed("EHLO c\r\nSTARTTLS\r\nMAIL FROM:<evil@example.org>\r\n");
    EXPECT_EQ(post.plaintext_dropped, 30U);
    EXPECT_TRUE(post.output.ends_with("220 2.0.0 Ready to start TLS\r\n"));
    EXPECT_EQ(post.session.peer_name(), "");
    post.output.clear();
    post.feed("MAIL FROM:<a@b>\r\n");
    EXPECT_EQ(post.output, "503 5.5.1 Send EHLO or HELO first\r\n");
}

TEST(server_session, keeps_nothing_of_an_endless_line)
{
    driver post(server_policy());
    for (int i = 0; i < 1000; ++i) {
        post.feed(std::string(1000, 'x'));
        ASSERT_LT(post.session.buffered(), 2048U);
    }
    post.feed("\r\n");
    EXPECT_EQ(post.output, "220 mx.example LMTP ready\r\n500 5.5.2 Line too long\r\n");
}

TEST(server_session, keeps_nothing_of_a_message)
{
    driver post(server_policy());
    post.feed(opening);
    post.feed("DATA\r\n");
    for (int i = 0; i < 100; ++i) {
        post.feed(std::string(10000, 'x'));
        ASSERT_EQ(post.session.buffered(), 0U);
    }
}

TEST(server_session, a_disconnect_in_any_place_delivers_nothing)
{
    const std::string whole = std::string(opening) + "DATA\r\nhalf\r\n.\r\n";
    for (std::size_t octets = 0; octets < whole.size(); ++octets) {
        driver post(server_policy());
        post.feed(std::string_view(whole).substr(0, octets));
        EXPECT_TRUE(post.messages.empty());
    }
}

} // namespace
} // namespace lmtp_test
