// What came in is what goes out, to the octet, always.
#include "conformance.hpp"
#include "mail/surrogate.hpp"

#include <random>

namespace conformance {

using namespace std::string_literals;

namespace {

/// What is kept of a message: RETR can end behind a line end only (RFC 1939, section 3).
std::string kept(std::string octets)
{
    if (!octets.empty() && !octets.ends_with("\r\n")) octets += "\r\n";
    return octets;
}

std::vector<std::string> kept(std::vector<std::string> messages)
{
    for (std::string& one : messages) one = kept(std::move(one));
    return messages;
}

std::vector<std::string> difficult_messages()
{
    return {
        "Subject: plain\r\n\r\nbody\r\n",
        "",
        "\r\n",
        "\n",
        "\r",
        "\r\n\r\n",
        "Subject: header only\r\n",
        "Subject: header and empty line\r\n\r\n",
        "Subject: no final line end\r\n\r\nbody",
        "Subject: bare LF\n\nbody\n",
        "Subject: mixed\r\n\nbody\n\r\n",
        "Subject: bare CR\r\n\r\na\rb\r\r\n",
        "Subject: ends in CR\r\n\r\nbody\r",
        "a\r\r\n",
        "a\r\r\r\n",
        "\r\n\r\r\n\n\r",
        "Subject: NUL\r\n\r\n\0\0x\0\r\n\0"s,
        "Subject: 8-bit\r\n\r\n\xc3\xa9\xff\xfe\x80\r\n",
        "Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n",
        "From the start\r\n\r\nFrom here\r\n>From there\r\n",
        "Subject: a long line\r\n\r\n" + std::string(100 * 1024, 'x') + "\r\n",
        "Subject: a long line of CR\r\n\r\n" + std::string(100 * 1024, '\r'),
    };
}

// Chunk borders of a writer or a converter are where a CR gets lost.
std::string lines(std::size_t count)
{
    std::string out = "Subject: many lines\r\n\r\n";
    for (std::size_t i = 0; i != count; ++i) out += std::string(i % 97, 'l') + "\r\n";
    return out;
}

} // namespace

TEST_P(store_conformance, gives_back_every_octet)
{
    auto sent = difficult_messages();
    sent.push_back(lines(60'000)); // 3 MiB
    for (const std::string& body : sent) must_deliver("ann", body);
    EXPECT_EQ(bodies("ann"), kept(sent));
    reopen();
    EXPECT_EQ(bodies("ann"), kept(sent));
}

TEST_P(store_conformance, counts_the_end_of_the_last_line_in_all_sizes)
{
    store::usage expected;
    for (const std::string& body : difficult_messages()) {
        must_deliver("ann", body);
        expected.octets += kept(body).size();
        ++expected.messages;
        const auto measured = store().measure({"ann"}).value();
        EXPECT_EQ(measured.octets, expected.octets) << body.substr(0, 40);
        EXPECT_EQ(measured.messages, expected.messages);
    }
    const auto session = open("ann");
    EXPECT_EQ(session->listing()->total_octets(), expected.octets);
    // The quota counts it, too: there is room for the message, and none for its end.
    const store::maildrop_policy full{.quota_octets = 5, .quota_messages = {}, .expire = {}};
    EXPECT_EQ(deliver("bob", "1234", {}, full).error().kind, base::failure::over_quota);
    EXPECT_TRUE(deliver("bob", "123", {}, full));
}

TEST_P(store_conformance, lists_what_a_client_without_utf8_gets)
{
    const std::string header = "Subject: gr\u00fc\u00dfe\r\n\r\n";
    const std::string body = header + "body\r\n";
    const std::string surrogate = mail::surrogate(header) + "body\r\n";
    const store::maildrop_policy policy{.list_surrogates = true};
    must_deliver("ann", "Subject: plain\r\n\r\nb\u00fcdy\r\n");
    must_deliver("ann", body);
    must_deliver("ann", "Subject: no UTF-8 \xFC\r\n\r\n");
    for (int round = 0; round < 2; ++round) {
        auto session = open("ann", policy);
        const auto listing = session->listing();
        EXPECT_FALSE(listing->surrogate_octets(0));
        EXPECT_EQ(listing->surrogate_octets(1), surrogate.size());
        EXPECT_FALSE(listing->surrogate_octets(2));
        EXPECT_EQ(listing->total_octets_with_surrogates(),
                  listing->total_octets() - body.size() + surrogate.size());
        EXPECT_EQ(store::read_header_section(*session->open(1).value()).value(), header);
        session.reset(); // no session outlives its store
        reopen();
    }
}

TEST_P(store_conformance, gives_back_every_octet_however_it_is_written_and_read)
{
    const auto sent = difficult_messages();
    for (const std::string& body : sent) {
        clock().advance(std::chrono::milliseconds(1));
        const std::array recipients{store::delivery_recipient{{"ann"}, {}, {}}};
        const auto begun = store().begin_delivery(recipients, body.size());
        ASSERT_TRUE(begun);
        const std::size_t piece = body.size() > 1000 ? 997 : 1;
        for (std::size_t at = 0; at < body.size(); at += piece)
            ASSERT_TRUE((*begun)->write(std::string_view(body).substr(at, piece)));
        for (const auto& outcome : (*begun)->commit()) ASSERT_TRUE(outcome);
    }
    const auto session = open("ann");
    ASSERT_EQ(session->listing()->size(), sent.size());
    for (std::size_t i = 0; i != sent.size(); ++i) {
        const auto message = session->open(i);
        ASSERT_TRUE(message);
        EXPECT_EQ(canonical_octets(**message, 7), kept(sent[i]));
    }
}

TEST_P(store_conformance, gives_back_random_octets)
{
    std::mt19937_64 engine(2026);
    const std::string alphabet = "\r\n\r\n\r\nab.:\0\xff"s;
    std::vector<std::string> sent;
    for (int i = 0; i != 200; ++i) {
        std::string body(engine() % 40, '\0');
        for (char& octet : body) octet = alphabet[engine() % alphabet.size()];
        must_deliver("ann", body);
        sent.push_back(std::move(body));
    }
    EXPECT_EQ(bodies("ann"), kept(sent));
}

TEST_P(store_conformance, puts_each_recipients_header_in_front)
{
    const std::vector<store::delivery_recipient> recipients{
        {{"ann"}, {}, "Return-Path: <x@example.org>\r\nDelivered-To: ann\r\n"},
        {{"bob@example.org"}, {}, "Delivered-To: bob\r\n"},
        {{"eve"}, {}, ""},
    };
    for (const std::string& body : difficult_messages()) {
        clock().advance(std::chrono::milliseconds(1));
        const auto begun = store().begin_delivery(recipients, std::nullopt);
        ASSERT_TRUE(begun);
        ASSERT_TRUE((*begun)->write(body));
        for (const auto& outcome : (*begun)->commit()) EXPECT_TRUE(outcome);
    }
    for (const auto& one : recipients) {
        std::vector<std::string> expected;
        for (const std::string& body : difficult_messages()) expected.push_back(one.header + kept(body));
        EXPECT_EQ(bodies(one.name.text), expected) << one.name.text;
    }
}

TEST_P(store_conformance, reads_nothing_beyond_the_end)
{
    must_deliver("ann", "Subject: short\r\n\r\nx\r\n");
    const auto session = open("ann");
    const auto message = session->open(0).value();
    std::array<char, 10> into{};
    EXPECT_EQ(message->read(into, message->stored_octets()).value(), 0U);
    EXPECT_EQ(message->read(into, message->stored_octets() + 1000).value(), 0U);
    EXPECT_EQ(message->read(into, message->stored_octets() - 1).value(), 1U);
}

} // namespace conformance
