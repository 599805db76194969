// What servers are known to get wrong, each with what becomes of it here. docs/client.md has the table.
#include "unit/client/talk.hpp"

#include <gmock/gmock.h>

namespace client_tests {
namespace {

using base::failure;
using client::quit_outcome;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using std::string_literals::operator""s;

const std::string no_capa_sign_in = "TLS\nS: +OK ready\nC: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n";
const std::string minimal_sign_in = "TLS\nS: +OK ready\nC: CAPA\nS: +OK\nS: USER\nS: .\n"
                                    "C: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n"
                                    "C: CAPA\nS: +OK\nS: USER\nS: .\n";

std::vector<std::string> ids(const client::maildrop_listing& listing)
{
    std::vector<std::string> out;
    for (const auto& one : listing.messages) out.push_back(one.unique_id);
    return out;
}

// --- CAPA -------------------------------------------------------------------------------------------------

TEST(quirks, capa_cuts_the_line)
{
    for (const char* const end : {"CUT\n", "SILENCE\nSILENCE\n", "S: what?\n", "S: -ERR\nCUT\n"}) {
        talk t({"TLS\nS: +OK ready\nC: CAPA\n"s + end, no_capa_sign_in, no_capa_sign_in});
        t.host.strict = false;
        ASSERT_TRUE(t.sign_in()) << end;
        EXPECT_TRUE(t.server().quirks().no_capa);
        ASSERT_TRUE(t.sign_in()) << "remembered";
        EXPECT_EQ(t.host.said.size(), 3U);
    }
}

TEST(quirks, a_host_that_is_down_is_not_blamed_for_capa)
{
    talk t({"TLS\nS: +OK ready\nC: CAPA\nCUT\n", "CUT\n"});
    EXPECT_FALSE(t.sign_in());
    EXPECT_FALSE(t.server().quirks().no_capa);
}

TEST(quirks, capa_is_refused)
{
    talk t({"TLS\nS: +OK ready\nC: CAPA\nS: -ERR unknown\nC: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n"
            "C: CAPA\nS: -ERR unknown\nC: UIDL\nS: +OK\nS: 1 a\nS: .\nC: LIST\nS: +OK\nS: 1 10\nS: .\n"});
    const auto listing = t.maildrop().list();
    ASSERT_TRUE(listing) << listing.error().operator_text;
    EXPECT_THAT(ids(*listing), ElementsAre("a"));
    EXPECT_FALSE(t.server().quirks().no_capa);
}

TEST(quirks, capa_differs_after_log_in)
{
    talk t(
        {"TLS\nS: +OK ready\nC: CAPA\nS: +OK\nS: USER\nS: .\nC: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n"
         "C: CAPA\nS: +OK\nS: PIPELINING\nS: LOGIN-DELAY 300\nS: .\n"});
    const auto& can = t.maildrop().abilities();
    EXPECT_TRUE(can.pipelining);
    EXPECT_EQ(can.login_delay, std::chrono::seconds(300));
}

// --- listing ----------------------------------------------------------------------------------------------

TEST(quirks, uidl_is_tried_though_capa_lacks_it)
{
    talk t({minimal_sign_in + "C: UIDL\nS: +OK\nS: 1 a\nS: .\nC: LIST\nS: +OK\nS: 1 10\nS: .\n"});
    EXPECT_THAT(ids(*t.maildrop().list()), ElementsAre("a"));
}

TEST(quirks, no_uidl)
{
    talk t({minimal_sign_in + "C: UIDL\nS: -ERR unknown command\nC: LIST\nS: +OK\nS: 1 10\nS: 2 20\nS: .\n"});
    const auto listing = t.maildrop().list();
    ASSERT_TRUE(listing) << listing.error().operator_text;
    EXPECT_FALSE(listing->unique_ids);
    EXPECT_THAT(ids(*listing), ElementsAre("", ""));
    EXPECT_EQ(listing->messages[1].octets, 20U);
}

TEST(quirks, uidl_fails_once)
{
    for (const char* const reply : {"-ERR [SYS/TEMP] disk", "-ERR temporarily unavailable"}) {
        talk t({minimal_sign_in + "C: UIDL\nS: " + reply + "\nC: LIST\nS: +OK\nS: 1 10\nS: .\n"});
        const auto listing = t.maildrop().list();
        ASSERT_FALSE(listing);
        EXPECT_EQ(listing.error().kind, failure::overloaded);
        EXPECT_TRUE(listing.error().temporary);
    }
}

TEST(quirks, uidl_fails_though_announced)
{
    talk t({plain_sign_in + "C: UIDL\nS: -ERR oops\nC: LIST\nS: +OK\nS: 1 10\nS: .\n"});
    const auto listing = t.maildrop().list();
    ASSERT_FALSE(listing);
    EXPECT_TRUE(listing.error().temporary);
}

TEST(quirks, uidl_is_announced_and_not_there)
{
    for (const char* const reply :
         {"-ERR unknown command", "-ERR UIDL not implemented", "-ERR Invalid command"}) {
        talk t({plain_sign_in + "C: UIDL\nS: " + reply + "\nC: LIST\nS: +OK\nS: 1 10\nS: .\n"});
        const auto listing = t.maildrop().list();
        ASSERT_TRUE(listing) << listing.error().operator_text;
        EXPECT_FALSE(listing->unique_ids);
        EXPECT_EQ(listing->messages.size(), 1u);
    }
}

TEST(quirks, err_for_an_empty_maildrop)
{
    talk t({plain_sign_in +
            "C: UIDL\nS: -ERR no messages\nC: LIST\nS: -ERR no messages\nC: STAT\nS: +OK 0 0\n"});
    const auto listing = t.maildrop().list();
    ASSERT_TRUE(listing) << listing.error().operator_text;
    EXPECT_TRUE(listing->unique_ids);
    EXPECT_THAT(listing->messages, IsEmpty());
}

TEST(quirks, strange_unique_ids)
{
    const std::string longest(200, 'u');
    talk t({plain_sign_in + "C: UIDL\nS: +OK\nS: 1  <a@b c>\nS: 2 \xE9t\xE9\nS: 3 " + longest +
            "\nS: 4 \nS: 5\nS: .\nC: LIST\nS: +OK\nS: .\n"});
    const auto listing = t.maildrop().list();
    ASSERT_TRUE(listing) << listing.error().operator_text;
    EXPECT_THAT(ids(*listing), ElementsAre("<a@b c>", "\xE9t\xE9", longest, "", ""));
}

TEST(quirks, duplicate_unique_ids)
{
    talk t(
        {plain_sign_in +
         "C: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nS: 3 a\nS: .\nC: LIST\nS: +OK\nS: 1 1\nS: 2 2\nS: 3 3\nS: .\n"});
    const auto listing = t.maildrop().list();
    ASSERT_TRUE(listing);
    EXPECT_TRUE(listing->messages[0].ambiguous);
    EXPECT_FALSE(listing->messages[1].ambiguous);
    EXPECT_TRUE(listing->messages[2].ambiguous);
}

TEST(quirks, wrong_numbers)
{
    talk t({plain_sign_in + "C: UIDL\nS: +OK\nS: 0 z\nS: 7 a\nS: -1 n\nS: 9 b\nS: 9 c\nS: x y\nS: 4 d\nS: .\n"
                            "C: LIST\nS: +OK\nS: 7 70\nS: 7 71\nS: 99 -1\nS: 0 5\nS: 4 0\nS: .\n"});
    const auto listing = t.maildrop().list();
    ASSERT_TRUE(listing) << listing.error().operator_text;
    EXPECT_THAT(ids(*listing), ElementsAre("a", "", "d", ""));
    EXPECT_EQ(listing->messages[0].octets, 70U);
    EXPECT_TRUE(listing->messages[1].ambiguous) << "number 9 has two ids, so none";
    EXPECT_EQ(listing->messages[3].number, 99U);
    EXPECT_EQ(listing->messages[3].octets, std::nullopt);
    EXPECT_EQ(t.log.count("listing-lines-left-out"), 1U);
}

TEST(quirks, a_listing_without_one_readable_line)
{
    talk t({plain_sign_in + "C: UIDL\nS: +OK\nS: hello\nS: .\nC: LIST\nS: +OK\nS: world\nS: .\n"});
    EXPECT_EQ(t.maildrop().list().error().kind, failure::malformed);
}

TEST(quirks, list_is_refused)
{
    talk t({plain_sign_in + "C: UIDL\nS: +OK\nS: 1 a\nS: .\nC: LIST\nS: -ERR no\n"});
    EXPECT_THAT(ids(*t.maildrop().list()), ElementsAre("a"));
}

// --- messages ---------------------------------------------------------------------------------------------

TEST(quirks, sizes_are_wrong)
{
    talk t({plain_sign_in + "C: RETR 1\nS: +OK 5 octets\nS: much longer than that\nS: .\nC: QUIT\nS: +OK\n"});
    keeping_sink sink;
    std::vector<client::listed_message> one{{.number = 1, .unique_id = "a", .octets = 1}};
    ASSERT_TRUE(t.maildrop().retrieve(one, sink));
    EXPECT_EQ(sink.messages.at(0).octets, "much longer than that\r\n");
    EXPECT_TRUE(sink.messages[0].ended);
}

TEST(quirks, one_message_is_refused_and_the_rest_comes)
{
    talk t({plain_sign_in +
            "C: RETR 1\nS: -ERR Download exceed\nC: RETR 2\nS: +OK\nS: b\nS: .\nC: QUIT\nS: +OK\n"});
    keeping_sink sink;
    auto& maildrop = t.maildrop();
    ASSERT_TRUE(maildrop.retrieve(numbered(2), sink));
    ASSERT_EQ(sink.failures.size(), 1U);
    EXPECT_THAT(sink.failures[0], HasSubstr("Download exceed"));
    EXPECT_EQ(sink.messages.at(0).octets, "b\r\n");
    EXPECT_EQ(maildrop.quit(), quit_outcome::confirmed);
}

TEST(quirks, a_last_dot_without_line_end)
{
    talk t({plain_sign_in + "C: RETR 1\ns: +OK\\r\\nbody\\r\\n.\nSILENCE\nC: NOOP\nS: +OK\n"
                            "C: RETR 2\nS: +OK\nS: b\nS: .\n"});
    keeping_sink sink;
    const auto received = t.maildrop().retrieve(numbered(2), sink);
    ASSERT_TRUE(received) << received.error().operator_text;
    EXPECT_EQ(sink.messages.at(0).octets, "body\r\n");
    EXPECT_TRUE(sink.messages[0].ended && sink.messages[0].doubtful);
    EXPECT_TRUE(sink.messages.at(1).ended && !sink.messages[1].doubtful);
    EXPECT_TRUE(t.server().quirks().no_pipelining) << "beside other commands it cannot be seen";
}

TEST(quirks, a_dot_that_was_no_last_one)
{
    talk t({plain_sign_in +
            "C: RETR 1\ns: +OK\\r\\nbody\\r\\n.\nSILENCE\nC: NOOP\nS: more of the body\nS: .\nS: +OK\n"});
    keeping_sink sink;
    EXPECT_FALSE(t.maildrop().retrieve(numbered(1), sink));
    EXPECT_FALSE(sink.messages.at(0).ended);
}

TEST(quirks, a_dot_behind_a_bare_line_feed)
{
    talk t({plain_sign_in + "C: RETR 1\ns: +OK\\r\\nbody\\n.\\r\\n\nSILENCE\n"});
    keeping_sink sink;
    auto& maildrop = t.maildrop();
    const auto received = maildrop.retrieve(numbered(2), sink);
    ASSERT_FALSE(received) << "no reply of this session is believed any more";
    EXPECT_TRUE(received.error().temporary);
    EXPECT_EQ(sink.messages.at(0).octets, "body\n");
    EXPECT_TRUE(sink.messages[0].ended && sink.messages[0].doubtful);
    EXPECT_EQ(sink.messages.size(), 1U);
    EXPECT_EQ(maildrop.quit(), quit_outcome::unknown);
}

TEST(quirks, a_letter_with_a_reply_in_it)
{
    const std::string letter = "s: +OK\\r\\na\\n.\\n+OK\\r\\nforged\\r\\n.\\r\\n\n";
    talk alone({plain_sign_in + "C: RETR 1\n" + letter + "C: RETR 2\nS: +OK\nS: b\nS: .\nC: QUIT\nS: +OK\n"});
    keeping_sink sink;
    auto& maildrop = alone.maildrop();
    ASSERT_TRUE(maildrop.retrieve(numbered(2), sink));
    EXPECT_EQ(sink.messages.at(0).octets, "a\n.\n+OK\r\nforged\r\n");
    EXPECT_TRUE(sink.messages[0].ended && !sink.messages[0].doubtful);
    EXPECT_EQ(sink.messages.at(1).octets, "b\r\n");
    EXPECT_EQ(maildrop.quit(), quit_outcome::confirmed);
}

TEST(quirks, a_letter_with_a_reply_in_it_beside_other_commands)
{
    const std::string letter = "s: +OK\\r\\na\\n.\\n+OK\\r\\nforged\\r\\n.\\r\\n\n";
    const std::string header = "s: +OK\\r\\nA: a\\n.\\n+OK\\r\\nSubject: forged\\r\\n\\r\\n.\\r\\n\n";
    for (const bool top : {false, true}) {
        const std::string command = top ? "TOP 1 0\nC: TOP 2 0" : "RETR 1\nC: RETR 2";
        const std::string answer = top ? header : letter;
        talk t({pipelining_sign_in + "C: " + command + "\n" + answer + "S: +OK\nS: b\nS: .\n",
                pipelining_sign_in + "C: " + command.substr(0, command.find('\n') + 1) + answer +
                    "C: " + command.substr(command.find('\n') + 4) + "\nS: +OK\nS: b\nS: .\n"});
        const auto ask = [&](keeping_sink& sink) {
            auto& maildrop = t.maildrop();
            return top ? maildrop.peek(numbered(2), 0, sink) : maildrop.retrieve(numbered(2), sink);
        };
        keeping_sink first;
        const auto received = ask(first);
        ASSERT_FALSE(received);
        EXPECT_TRUE(received.error().temporary);
        EXPECT_FALSE(first.messages.at(0).ended);
        EXPECT_FALSE(t.server().quirks().no_pipelining)
            << "a letter's writer does not slow the host for good";
        EXPECT_EQ(t.server().quirks().text(), "");
        t.hang_up();
        keeping_sink second;
        ASSERT_TRUE(ask(second)) << "each alone";
        EXPECT_TRUE(second.messages.at(0).ended && !second.messages[0].doubtful);
        EXPECT_EQ(second.messages.at(1).octets, "b\r\n");
    }
}

TEST(quirks, top_of_a_letter_that_a_server_ends_with_a_line_feed)
{
    talk t({plain_sign_in + "C: TOP 1 0\ns: +OK\\r\\nSubject: x\\n.\\n\nSILENCE\n", plain_sign_in});
    keeping_sink sink;
    EXPECT_FALSE(t.maildrop().peek(numbered(1), 0, sink));
    EXPECT_TRUE(sink.messages.at(0).doubtful);
    t.hang_up();
    EXPECT_FALSE(t.maildrop().abilities().top) << "the next session does not try again";
}

TEST(quirks, a_pause_within_the_last_line_end)
{
    talk t({plain_sign_in + "C: RETR 1\ns: +OK\\r\\nbody\\r\\n.\ns: \\r\\n\n"});
    t.host.octets_at_once = 1;
    keeping_sink sink;
    ASSERT_TRUE(t.maildrop().retrieve(numbered(1), sink));
    EXPECT_FALSE(sink.messages.at(0).doubtful);
}

TEST(quirks, dots_that_are_not_stuffed)
{
    talk t({plain_sign_in + "C: RETR 1\nS: +OK\nS: .hidden\nS: ..two\nS: a.b\nS: .\n"});
    keeping_sink sink;
    ASSERT_TRUE(t.maildrop().retrieve(numbered(1), sink));
    EXPECT_EQ(sink.messages.at(0).octets, "hidden\r\n.two\r\na.b\r\n");
}

TEST(quirks, bare_line_feeds_nul_and_lines_without_end)
{
    const std::string endless(200'000, 'x');
    talk t({plain_sign_in + "C: RETR 1\nS: +OK\ns: a\\nb\\0c\\rd\\r\\n\nS: " + endless + "\nS: .\n"});
    keeping_sink sink;
    ASSERT_TRUE(t.maildrop().retrieve(numbered(1), sink));
    EXPECT_EQ(sink.messages.at(0).octets, "a\nb\0c\rd\r\n"s + endless + "\r\n");
}

TEST(quirks, no_header_at_all_and_nothing_at_all)
{
    talk t({plain_sign_in + "C: RETR 1\nS: +OK\nS: .\nC: RETR 2\nS: +OK\nS: \nS: .\n"});
    keeping_sink sink;
    ASSERT_TRUE(t.maildrop().retrieve(numbered(2), sink));
    EXPECT_EQ(sink.messages.at(0).octets, "");
    EXPECT_EQ(sink.messages.at(1).octets, "\r\n");
}

TEST(quirks, no_top)
{
    talk told({no_capa_sign_in});
    told.settings.quirks.no_capa = true;
    told.settings.quirks.no_top = true;
    keeping_sink sink;
    EXPECT_EQ(told.maildrop().peek(numbered(1), 0, sink).error().kind, failure::refused);

    talk t(
        {"TLS\nS: +OK\nC: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\nC: TOP 1 0\nS: -ERR unknown command\n"
         "C: NOOP\nS: +OK\n"});
    t.settings.quirks.no_capa = true;
    auto& maildrop = t.maildrop();
    EXPECT_EQ(maildrop.peek(numbered(2), 0, sink).error().kind, failure::refused);
    EXPECT_TRUE(t.server().quirks().no_top);
    EXPECT_TRUE(maildrop.keep_alive()) << "the session goes on";
}

TEST(quirks, top_sends_another_number_of_lines)
{
    talk t({plain_sign_in + "C: TOP 1 0\nS: +OK\nS: Subject: x\nS: \nS: one line too much\nS: .\n"});
    keeping_sink sink;
    ASSERT_TRUE(t.maildrop().peek(numbered(1), 0, sink));
    EXPECT_EQ(sink.messages.at(0).octets, "Subject: x\r\n\r\none line too much\r\n");
}

// --- pipelining -------------------------------------------------------------------------------------------

TEST(quirks, the_second_command_of_a_packet_is_ignored)
{
    talk t({pipelining_sign_in + "C: RETR 1\nC: RETR 2\nS: +OK\nS: a\nS: .\nSILENCE\nSILENCE\n"});
    keeping_sink sink;
    const auto received = t.maildrop().retrieve(numbered(2), sink);
    ASSERT_FALSE(received);
    EXPECT_TRUE(received.error().temporary);
    EXPECT_EQ(sink.messages.size(), 1U);
}

TEST(quirks, pipelining_cuts_the_line)
{
    talk t({pipelining_sign_in + "C: RETR 1\nC: RETR 2\nCUT\n", pipelining_sign_in +
                                                                    "C: RETR 1\nS: +OK\nS: a\nS: .\n"
                                                                    "C: RETR 2\nS: +OK\nS: b\nS: .\n"});
    keeping_sink sink;
    const auto received = t.maildrop().retrieve(numbered(2), sink);
    ASSERT_FALSE(received);
    EXPECT_TRUE(received.error().temporary);
    EXPECT_TRUE(t.server().quirks().no_pipelining);
    EXPECT_TRUE(t.maildrop().retrieve(numbered(2), sink)) << "one at a time";
    EXPECT_EQ(sink.messages.size(), 2U);
}

TEST(quirks, replies_get_out_of_step)
{
    talk t({pipelining_sign_in + "C: RETR 1\nC: RETR 2\nS: +OK\nS: a\nS: .\nS: a line of nothing\n"});
    keeping_sink sink;
    const auto received = t.maildrop().retrieve(numbered(2), sink);
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().kind, failure::malformed);
    EXPECT_TRUE(received.error().temporary);
    EXPECT_TRUE(t.server().quirks().no_pipelining);
}

TEST(quirks, a_proven_host_is_not_blamed_for_a_cut_line)
{
    std::string script = pipelining_sign_in;
    for (int i = 1; i <= 40; ++i) script += "C: RETR " + std::to_string(i) + "\nS: +OK\nS: a\nS: .\n";
    talk t({script + "CUT\n"});
    keeping_sink sink;
    EXPECT_FALSE(t.maildrop().retrieve(numbered(50), sink));
    EXPECT_FALSE(t.server().quirks().no_pipelining);
}

TEST(quirks, a_session_is_cut_after_some_messages)
{
    talk t({plain_sign_in + "C: RETR 1\nS: +OK\nS: a\nS: .\nC: RETR 2\nS: +OK\nS: half\nCUT\n"});
    keeping_sink sink;
    auto& maildrop = t.maildrop();
    const auto received = maildrop.retrieve(numbered(3), sink);
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().kind, failure::closed);
    EXPECT_TRUE(sink.messages.at(0).ended);
    EXPECT_FALSE(sink.messages.at(1).ended);
    EXPECT_EQ(maildrop.quit(), quit_outcome::unknown);
    EXPECT_THAT(t.host.all_said(), testing::Not(HasSubstr("QUIT"))) << "nothing may be removed";
}

// --- the end ----------------------------------------------------------------------------------------------

TEST(quirks, no_answer_to_quit)
{
    for (const char* const end : {"SILENCE\nSILENCE\n", "CUT\n", "S: garbage\n", "s: +OK\n"}) {
        talk t({plain_sign_in + "C: QUIT\n" + end});
        EXPECT_EQ(t.maildrop().quit(), quit_outcome::unknown) << end;
    }
    talk refused({plain_sign_in + "C: QUIT\nS: -ERR some deleted messages not removed\n"});
    EXPECT_EQ(refused.maildrop().quit(), quit_outcome::refused);
    talk confirmed({plain_sign_in + "C: QUIT\nS: +OK\n"});
    EXPECT_EQ(confirmed.maildrop().quit(), quit_outcome::confirmed);
}

TEST(quirks, an_answer_before_its_question)
{
    talk t({plain_sign_in + "C: NOOP\ns: +OK\\r\\n+OK\\r\\n\nC: QUIT\n"});
    auto& maildrop = t.maildrop();
    ASSERT_TRUE(maildrop.keep_alive());
    EXPECT_EQ(maildrop.quit(), quit_outcome::unknown) << "that +OK was there before QUIT was sent";
}

TEST(quirks, words_are_kept_and_unknown_ones_skipped)
{
    client::host_quirks all{.no_pipelining = true, .no_capa = true, .no_top = true};
    EXPECT_EQ(all.text(), "no-pipelining no-capa no-top");
    EXPECT_EQ(client::host_quirks::parse(all.text()).text(), all.text());
    EXPECT_EQ(client::host_quirks::parse("").text(), "");
    EXPECT_EQ(client::host_quirks::parse("  of-the-future no-top ").text(), "no-top");
}

} // namespace
} // namespace client_tests
