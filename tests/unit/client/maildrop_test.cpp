// A session in TRANSACTION: windows, limits, sinks that fail, and lines that are cut at every octet.
#include "client/listing_builder.hpp"
#include "client/pop3_maildrop.hpp"
#include "unit/client/talk.hpp"

#include <gmock/gmock.h>

namespace client_tests {
namespace {

using base::failure;
using client::quit_outcome;
using testing::ElementsAre;
using testing::HasSubstr;

std::size_t count(std::string_view text, std::string_view word)
{
    std::size_t out = 0;
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) ++out;
    return out;
}

/// What was sent before the first reply came.
std::size_t first_burst(std::vector<client::listed_message> messages, unsigned window_max)
{
    talk t({pipelining_sign_in + "SILENCE\nSILENCE\n"});
    t.settings.window_max = window_max;
    keeping_sink sink;
    EXPECT_FALSE(t.maildrop().retrieve(messages, sink));
    return count(t.host.all_said(), "RETR");
}

TEST(maildrop, lists_with_both_commands_at_once_where_it_may)
{
    const std::string replies = "S: +OK\nS: 1 a\nS: .\nS: +OK\nS: 1 10\nS: .\n";
    talk t({pipelining_sign_in + "C: UIDL\nC: LIST\n" + replies});
    const auto listing = t.maildrop().list();
    ASSERT_TRUE(listing) << listing.error().operator_text;
    EXPECT_EQ(listing->messages.at(0).unique_id, "a");
    EXPECT_EQ(listing->messages.at(0).octets, 10U);

    talk careful({plain_sign_in + "C: UIDL\nS: +OK\nS: 1 a\nS: .\nC: LIST\nS: +OK\nS: 1 10\nS: .\n"});
    EXPECT_TRUE(careful.maildrop().list());
}

TEST(maildrop, begins_with_eight_commands_and_grows)
{
    EXPECT_EQ(first_burst(numbered(200), 100), client::window_start);
    EXPECT_EQ(first_burst(numbered(200), 3), 3U);
    EXPECT_EQ(first_burst(numbered(200), 1), 1U);
    EXPECT_EQ(first_burst(numbered(200), 0), 1U);

    client::command_window window(100, 27);
    std::size_t most = 0;
    for (int round = 0; round < 300; ++round) {
        std::size_t burst = 0;
        for (; window.open(0); ++burst) window.sent(0);
        most = std::max(most, burst);
        for (; burst > 0; --burst) window.answered(0);
    }
    EXPECT_EQ(most, 100U);
    window.fall_back();
    window.sent(0);
    EXPECT_FALSE(window.open(0));
}

TEST(maildrop, commands_fit_the_smallest_socket_buffer)
{
    constexpr std::size_t longest = 46;
    client::command_window window(1'000'000, longest);
    for (int i = 0; i < 1000; ++i) {
        window.sent(0);
        window.answered(0);
    }
    std::size_t burst = 0;
    for (; window.open(0); ++burst) window.sent(0);
    EXPECT_LE(burst * longest, client::commands_octets_max);
    EXPECT_GT(burst, 80U);
}

TEST(maildrop, announced_octets_bound_the_window)
{
    auto large = numbered(20);
    for (auto& one : large) one.octets = 3'000'000;
    EXPECT_EQ(first_burst(large, 100), 1U);
    large[0].octets = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(first_burst(large, 100), 1U);
}

TEST(maildrop, a_full_disk_ends_the_retrieval_and_nothing_is_removed)
{
    talk t({pipelining_sign_in + "C: RETR 1\nC: RETR 2\nS: +OK\nS: a\nS: .\nS: +OK\nS: b\nS: .\n"});
    keeping_sink sink;
    sink.disk_is_full = true;
    auto& maildrop = t.maildrop();
    const auto received = maildrop.retrieve(numbered(2), sink);
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().kind, failure::no_space);
    EXPECT_EQ(maildrop.quit(), quit_outcome::unknown);
    EXPECT_EQ(count(t.host.all_said(), "QUIT"), 0U);
    EXPECT_FALSE(t.server().quirks().no_pipelining) << "the disk is not the host's fault";
}

TEST(maildrop, nothing_is_removed_once_a_message_could_not_be_kept)
{
    talk t({plain_sign_in + "C: DELE 1\nS: +OK\nC: RETR 2\nS: +OK\nS: b\nS: .\nC: QUIT\nS: +OK\n"});
    keeping_sink sink;
    sink.sync_fails = true;
    auto& maildrop = t.maildrop();
    ASSERT_TRUE(maildrop.mark_deleted(numbered(1)));
    const std::vector<client::listed_message> second{{.number = 2, .unique_id = {}}};
    EXPECT_EQ(maildrop.retrieve(second, sink).error().kind, failure::storage);
    EXPECT_EQ(maildrop.quit(), quit_outcome::unknown);
    EXPECT_EQ(count(t.host.all_said(), "QUIT"), 0U);
}

TEST(maildrop, marks_one_by_one_and_tells_which)
{
    talk t({pipelining_sign_in + "C: DELE 1\nC: DELE 2\nC: DELE 3\nS: +OK\nS: -ERR no such message\nS: +OK\n"
                                 "C: RSET\nS: +OK\nC: NOOP\nS: +OK\nC: QUIT\nS: +OK\n"});
    auto& maildrop = t.maildrop();
    EXPECT_THAT(*maildrop.mark_deleted(numbered(3)), ElementsAre(true, false, true));
    EXPECT_TRUE(maildrop.unmark_all());
    EXPECT_TRUE(maildrop.keep_alive());
    EXPECT_EQ(maildrop.quit(), quit_outcome::confirmed);
}

TEST(maildrop, destroyed_without_quit_says_nothing)
{
    talk t({plain_sign_in + "C: DELE 1\nS: +OK\n"});
    EXPECT_TRUE(t.maildrop().mark_deleted(numbered(1)));
    t.hang_up();
    EXPECT_EQ(count(t.host.all_said(), "QUIT"), 0U);
}

TEST(maildrop, a_message_without_end_is_left) // T16
{
    client::host_quirks quirks;
    support::memory_log log;
    scripted_host host;
    std::string script = "S: +OK\nC: RETR 1\nS: +OK\n";
    for (int i = 0; i < 100; ++i) script += "S: " + std::string(1000, 'x') + "\n";
    host.scripts.push_back(script);
    auto line = std::make_unique<client::pop3_channel>(std::make_unique<scripted_connection>(host),
                                                       "pop.example.org");
    ASSERT_TRUE(line->status(std::chrono::seconds(1)));
    client::pop3_maildrop maildrop(std::move(line), {}, {}, quirks, {}, 1, log,
                                   {.message_octets = 50'000, .listing = {}});
    keeping_sink sink;
    const auto received = maildrop.retrieve(numbered(1), sink);
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().kind, failure::malformed);
    EXPECT_FALSE(sink.messages.at(0).ended);
    EXPECT_LE(sink.messages[0].octets.size(), 50'000U);
}

TEST(listing_builder, holds_to_its_limits) // T16
{
    client::listing_builder few({.messages = 3, .unique_id_octets = 1000});
    for (const char* const line : {"1 a", "2 b", "3 c"}) EXPECT_TRUE(few.add_unique_id(line));
    EXPECT_FALSE(few.add_unique_id("4 d"));
    for (const char* const line : {"1 1", "2 2", "3 3"}) EXPECT_TRUE(few.add_octets(line));
    EXPECT_FALSE(few.add_octets("4 4"));

    client::listing_builder short_ids({.messages = 100, .unique_id_octets = 10});
    EXPECT_TRUE(short_ids.add_unique_id("1 12345"));
    EXPECT_FALSE(short_ids.add_unique_id("2 123456"));

    client::listing_builder garbage({.messages = 3, .unique_id_octets = 1000});
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(garbage.add_unique_id("-"));
    EXPECT_FALSE(garbage.add_unique_id("-"));
}

TEST(listing_builder, joins_in_the_order_of_uidl)
{
    client::listing_builder builder({});
    for (const char* const line : {"3 c", "1 a", "1 a", "2 b"}) builder.add_unique_id(line);
    for (const char* const line : {"1 10", "4 40", "3 30"}) builder.add_octets(line);
    const auto listing = builder.build(true);
    ASSERT_EQ(listing.messages.size(), 4U);
    EXPECT_EQ(listing.messages[0].unique_id, "c");
    EXPECT_EQ(listing.messages[0].octets, 30U);
    EXPECT_EQ(listing.messages[1].unique_id, "a") << "said twice alike";
    EXPECT_EQ(listing.messages[2].octets, std::nullopt);
    EXPECT_EQ(listing.messages[3].number, 4U);
}

TEST(listing_builder, a_large_listing_takes_time_in_proportion)
{
    client::listing_builder builder({});
    constexpr int many = 200'000;
    for (int i = many; i > 0; --i) builder.add_unique_id(std::to_string(i) + " id" + std::to_string(i));
    for (int i = 1; i <= many; ++i) builder.add_octets(std::to_string(i) + " " + std::to_string(i));
    const auto listing = builder.build(true);
    ASSERT_EQ(listing.messages.size(), std::size_t(many));
    EXPECT_EQ(listing.messages.front().octets, std::uint64_t(many));
}

// --- cut everywhere -----------------------------------------------------------------------------------------

const std::string three_bodies[] = {"Subject: one\r\n\r\n.dot\r\n", "\r\n.\r\nnot the end\r\n", "x\r\n"};

std::string whole_dialogue(const std::string& sign_in, bool pipelined)
{
    const std::string listing[] = {"S: +OK\nS: 1 a\nS: 2 b\nS: 3 c\nS: .\n",
                                   "S: +OK\nS: 1 24\nS: 2 18\nS: 3 3\nS: .\n"};
    const std::string messages[] = {"S: +OK\nS: Subject: one\nS: \nS: ..dot\nS: .\n",
                                    "S: +OK\nS: \nS: ..\nS: not the end\nS: .\n", "S: +OK\nS: x\nS: .\n"};
    std::string out = sign_in;
    if (pipelined) {
        out += "C: UIDL\nC: LIST\n" + listing[0] + listing[1] + "C: RETR 1\nC: RETR 2\nC: RETR 3\n";
        for (const auto& one : messages) out += one;
        return out + "C: DELE 1\nC: DELE 2\nC: DELE 3\nS: +OK\nS: +OK\nS: +OK\nC: QUIT\nS: +OK bye\n";
    }
    out += "C: UIDL\n" + listing[0] + "C: LIST\n" + listing[1];
    for (int i = 0; i < 3; ++i) out += "C: RETR " + std::to_string(i + 1) + "\n" + messages[i];
    for (int i = 0; i < 3; ++i) out += "C: DELE " + std::to_string(i + 1) + "\nS: +OK\n";
    return out + "C: QUIT\nS: +OK bye\n";
}

struct run_outcome {
    bool confirmed = false;
    keeping_sink sink;
    std::uint64_t octets = 0;
    std::uint64_t before_farewell = 0;
};

run_outcome run(const std::string& script, std::uint64_t cut, std::size_t at_once)
{
    run_outcome out;
    talk t({script});
    t.host.octets_until_cut = cut;
    t.host.octets_at_once = at_once;
    if (auto opened = t.sign_in()) {
        auto& maildrop = **opened;
        const auto listing = maildrop.list();
        const bool got = listing && maildrop.retrieve(listing->messages, out.sink);
        const bool marked = got && maildrop.mark_deleted(listing->messages);
        out.before_farewell = t.host.octets_sent;
        if (marked) out.confirmed = maildrop.quit() == quit_outcome::confirmed;
    }
    out.octets = t.host.octets_sent;
    return out;
}

class cut_dialogues : public testing::TestWithParam<bool> {};

TEST_P(cut_dialogues, never_end_a_message_or_a_session_that_was_not)
{
    const bool pipelined = GetParam();
    const std::string script = whole_dialogue(pipelined ? pipelining_sign_in : plain_sign_in, pipelined);
    for (const std::size_t at_once : {std::size_t(1), std::size_t(7), client::read_octets}) {
        const run_outcome whole = run(script, std::numeric_limits<std::uint64_t>::max(), at_once);
        ASSERT_TRUE(whole.confirmed);
        ASSERT_EQ(whole.sink.messages.size(), 3U);
        for (std::uint64_t cut = 0; cut < whole.octets; ++cut) {
            const run_outcome part = run(script, cut, at_once);
            EXPECT_FALSE(part.confirmed) << cut;
            EXPECT_TRUE(part.sink.failures.empty());
            for (std::size_t i = 0; i < part.sink.messages.size(); ++i) {
                const auto& message = part.sink.messages[i];
                if (message.ended) {
                    EXPECT_EQ(message.octets, three_bodies[i]) << cut;
                } else {
                    EXPECT_EQ(i + 1, part.sink.messages.size());
                }
                EXPECT_FALSE(message.doubtful) << cut;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(both_ways, cut_dialogues, testing::Bool());

} // namespace
} // namespace client_tests
