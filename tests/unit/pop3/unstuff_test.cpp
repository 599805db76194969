// Unstuffing is the other end of stuffing, for every text and every cut.
#include "pop3/multi_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace pop3;

namespace {

struct unstuffed {
    std::string octets;
    bool ended = false, after_bare_lf = false;
    std::size_t left = 0; ///< what was not used
};

/// Feeds `wire` in pieces of `octets`, keeping what is not used, as the session does.
unstuffed unstuff(std::string_view wire, std::size_t octets)
{
    dot_unstuffer unstuffer;
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
                EXPECT_LE(held.size(), 2U) << "no more than \".\" CR is ever held";
            }
            held.erase(0, piece.used);
            if (piece.ended || piece.used == 0) break;
        }
    }
    out.after_bare_lf = unstuffer.after_bare_lf();
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
        ASSERT_FALSE(is.after_bare_lf);
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

TEST(dot_unstuffer, tells_of_an_end_behind_a_bare_lf)
{
    for (const std::size_t octets : {1U, 2U, 50U}) {
        const unstuffed is = unstuff("a\n.\r\nmore", octets);
        EXPECT_TRUE(is.ended && is.after_bare_lf);
        EXPECT_EQ(is.octets, "a\n");
        EXPECT_EQ(is.left, 4U);
        EXPECT_FALSE(unstuff("a\n\r\n.\r\n", octets).after_bare_lf);
    }
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
