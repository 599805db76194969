// LF on disk, CRLF on the wire: whatever claims to be lossless comes back to the octet.
#include "mail/line_ends.hpp"
#include "support/octet_by_octet.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace mail;

namespace {

/// Converts in chunks of `step` octets.
template <typename Converter>
std::string run(Converter& converter, std::string_view text, std::size_t step)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += step) converter.convert(text.substr(i, step), out);
    return out;
}

} // namespace

TEST(line_ends, lf_form_round_trips_when_lossless)
{
    for (const std::string_view text :
         {"", "a", "a\r\nb\r\n", "\r\n", "a\rb\r\n", "\r", "a\r", "\r\r", "a\r\n\r\n.\r\n"}) {
        for (const std::size_t step : {1UZ, 2UZ, 100UZ}) {
            to_lf down;
            std::string stored = run(down, text, step);
            down.finish(stored);
            ASSERT_TRUE(down.lossless()) << testing::PrintToString(text);
            to_crlf up;
            EXPECT_EQ(run(up, stored, step), text);
        }
    }
}

TEST(line_ends, tells_what_would_be_lost)
{
    for (const std::string_view text : {"\n", "a\nb\r\n", "a\r\r\nb", "\r\r\r\n"}) {
        to_lf down;
        std::string stored = run(down, text, 1);
        EXPECT_FALSE(down.lossless()) << testing::PrintToString(text);
    }
}

TEST(line_ends, random_octets_round_trip_or_are_told)
{
    std::mt19937 random(7);
    constexpr std::string_view letters = "\r\n\r\na.\0";
    int lossless = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (auto n = random() % 12; n > 0; --n) text += letters[random() % letters.size()];
        to_lf down;
        std::string stored = run(down, text, 1 + random() % 4);
        down.finish(stored);
        crlf_counter counter;
        counter.count(stored);
        to_crlf up;
        const std::string back = run(up, stored, 1 + random() % 4);
        EXPECT_EQ(counter.octets(), back.size());
        if (!down.lossless()) continue;
        ++lossless;
        EXPECT_EQ(back, text) << testing::PrintToString(text);
    }
    EXPECT_GT(lossless, 1000);
}

TEST(line_ends, all_texts_come_out_as_octet_by_octet)
{
    std::mt19937 random(13);
    for (const std::string& text : support::texts_of_line_ends_and_dots()) {
        to_crlf up;
        to_lf down;
        crlf_counter counter;
        std::string canonical = "before", stored = "before";
        support::cut_anyhow(text, random, [&](std::string_view piece) { up.convert(piece, canonical); });
        support::cut_anyhow(text, random, [&](std::string_view piece) { down.convert(piece, stored); });
        support::cut_anyhow(text, random, [&](std::string_view piece) { counter.count(piece); });
        down.finish(stored);
        const std::string expected_canonical = support::crlf_octet_by_octet(text);
        const support::lf_form expected_stored = support::lf_octet_by_octet(text);
        ASSERT_EQ(canonical, "before" + expected_canonical) << testing::PrintToString(text);
        ASSERT_EQ(counter.octets(), expected_canonical.size()) << testing::PrintToString(text);
        ASSERT_EQ(stored, "before" + expected_stored.octets) << testing::PrintToString(text);
        ASSERT_EQ(down.lossless(), expected_stored.lossless) << testing::PrintToString(text);
    }
}
