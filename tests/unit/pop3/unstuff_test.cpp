// Unstuffing is the other end of stuffing, for every text and every cut.
#include "pop3/multi_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace pop3;

namespace {

struct unstuffed {
    std::string octets;
    bool ended = false, passed_dot_line = false;
    std::size_t left = 0; ///< what was not used
};

/// Feeds `wire` in pieces of `octets`, keeping what is not used, as the session does.
unstuffed unstuff(std::string_view wire, std::size_t octets, bool crlf_only = true)
{
    dot_unstuffer unstuffer(crlf_only);
    unstuffed out;
    std::string held;
    while (!wire.empty() && !out.ended) {
        held += wire.substr(0, octets);
        wire.remove_prefix(std::min(octets, wire.size()));
        for (;;) {
            const auto piece = unstuffer.next(held);
            out.octets += piece.octets;
            out.ended = piece.ended;
            if (piece.used == 0 && !piece.ended) {
                EXPECT_LE(held.size(), 3U) << "no more than a line of one dot is ever held";
            }
            held.erase(0, piece.used);
            if (piece.ended || piece.used == 0) break;
        }
    }
    out.passed_dot_line = unstuffer.passed_dot_line();
    out.left = held.size() + wire.size();
    return out;
}

void returns_what_was_stuffed(const std::string& text)
{
    dot_stuffer stuffer;
    std::string wire;
    stuffer.convert(text, wire);
    stuffer.finish(wire);
    const bool whole = text.empty() || text.ends_with("\r\n");
    for (const std::size_t octets : {std::size_t{1}, std::size_t{2}, std::size_t{3}, wire.size()}) {
        const unstuffed is = unstuff(wire, octets);
        ASSERT_EQ(is.octets, whole ? text : text + "\r\n")
            << testing::PrintToString(text) << " in pieces of " << octets;
        ASSERT_TRUE(is.ended);
        ASSERT_FALSE(is.passed_dot_line);
        ASSERT_EQ(is.left, 0U);
    }
}

} // namespace

TEST(dot_unstuffer, returns_every_short_text)
{
    // Every text of up to 7 of the octets that matter.
    constexpr std::string_view octets = ".\r\na";
    std::vector<std::string> texts{""};
    for (std::size_t i = 0; i < texts.size() && texts[i].size() < 7; ++i)
        for (const char c : octets) texts.push_back(texts[i] + c);
    ASSERT_EQ(texts.size(), 21845U);
    for (const std::string& text : texts) {
        returns_what_was_stuffed(text);
        if (HasFatalFailure()) return;
    }
}

TEST(dot_unstuffer, returns_long_texts)
{
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::string text;
        for (auto n = random() % 3000; n > 0; --n) text += ".\r\n\0ab."[random() % 7];
        returns_what_was_stuffed(text);
        if (HasFatalFailure()) return;
    }
}

TEST(dot_unstuffer, an_octet_is_lost_only_where_the_server_did_not_stuff)
{
    EXPECT_EQ(unstuff(".a\r\n.\rb\r\n.\r\n", 1).octets, "a\r\n\rb\r\n");
}

TEST(dot_unstuffer, only_crlf_ends_a_message_of_a_server_that_writes_crlf)
{
    for (const std::size_t octets : {1U, 2U, 3U, 50U})
        for (const std::string_view text :
             {"a\n.\nb", "a\n.\r\nb", "a\r\n.\nb", ".\nb", "a\n.\n.\r\n.\nb", "a\n.b", "a\n.\rb"}) {
            const unstuffed is = unstuff(std::string(text) + "\r\n.\r\nmore", octets);
            EXPECT_TRUE(is.ended);
            EXPECT_EQ(is.octets, std::string(text) + "\r\n");
            EXPECT_EQ(is.left, 4U);
            EXPECT_EQ(is.passed_dot_line, text.contains(".\n") || text.contains(".\r\n")) << text;
        }
    EXPECT_EQ(unstuff("a\n..b\n..\n\r\n.\r\n", 1).octets, "a\n.b\n.\n\r\n") << "dot_stuffer's";
}

TEST(dot_unstuffer, any_line_of_one_dot_ends_a_message_of_a_server_that_writes_lf)
{
    for (const std::size_t octets : {1U, 2U, 50U})
        for (const std::string_view text : {"a\n.\n", "a\n.\r\n", "a\r\n.\n"}) {
            const unstuffed is = unstuff(std::string(text) + "more", octets, false);
            EXPECT_TRUE(is.ended && is.left == 4U && !is.passed_dot_line) << text;
        }
    EXPECT_EQ(unstuff("a\n.b\n.\n", 1, false).octets, "a\nb\n");
}

TEST(dot_unstuffer, cuts_only_where_a_dot_is_left_out)
{
    dot_unstuffer unstuffer;
    const std::string_view wire = "one\r\ntwo.\r\n\r\n..three\r\n.\r\n";
    const auto first = unstuffer.next(wire);
    EXPECT_EQ(first.octets, "one\r\ntwo.\r\n\r\n");
    EXPECT_EQ(first.octets.data(), wire.data()) << "a view, no copy";
    EXPECT_EQ(unstuffer.next(wire.substr(first.used)).octets, ".three\r\n");
}
