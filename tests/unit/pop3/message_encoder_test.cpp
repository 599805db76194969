// One pass gives what line ends and dots octet by octet give, and what the two passes give that it stands for.
#include "pop3/multi_line.hpp"
#include "pop3/outgoing_message.hpp"
#include "support/octet_by_octet.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace pop3;

namespace {

std::string encoded(mail::form stored, std::string_view text, std::mt19937& random)
{
    message_encoder encoder(stored);
    std::string out = "+OK\r\n";
    support::cut_anyhow(text, random, [&](std::string_view piece) { encoder.convert(piece, out); });
    encoder.finish(out);
    return out.substr(5);
}

std::string by_two_passes(mail::form stored, std::string_view text)
{
    std::string canonical, out;
    if (stored == mail::form::lf)
        mail::to_crlf().convert(text, canonical);
    else
        canonical = text;
    dot_stuffer stuffer;
    stuffer.convert(canonical, out);
    stuffer.finish(out);
    return out;
}

void expect_the_same(const std::string& text, std::mt19937& random)
{
    ASSERT_EQ(encoded(mail::form::lf, text, random),
              support::stuffed_octet_by_octet(support::crlf_octet_by_octet(text)))
        << testing::PrintToString(text);
    ASSERT_EQ(encoded(mail::form::as_received, text, random), support::stuffed_octet_by_octet(text))
        << testing::PrintToString(text);
    for (const auto form : {mail::form::lf, mail::form::as_received})
        ASSERT_EQ(encoded(form, text, random), by_two_passes(form, text)) << testing::PrintToString(text);
}

/// The files below `folder`.
std::vector<std::string> letters_in(const std::filesystem::path& folder)
{
    std::vector<std::string> out;
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder)) {
        if (!each.is_regular_file()) continue;
        std::ifstream in(each.path(), std::ios::binary);
        out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return out;
}

} // namespace

TEST(message_encoder, ends_the_response)
{
    std::mt19937 random(1);
    using enum mail::form;
    EXPECT_EQ(encoded(lf, "", random), ".\r\n");
    EXPECT_EQ(encoded(as_received, "", random), ".\r\n");
    EXPECT_EQ(encoded(lf, ".", random), "..\r\n.\r\n");
    EXPECT_EQ(encoded(lf, "a\n", random), "a\r\n.\r\n");
    EXPECT_EQ(encoded(lf, "a\r\n.", random), "a\r\n..\r\n.\r\n");
    EXPECT_EQ(encoded(as_received, "a\n", random), "a\n\r\n.\r\n");
    EXPECT_EQ(encoded(as_received, "a\n.\r\n", random), "a\n..\r\n.\r\n");
    EXPECT_EQ(encoded(as_received, "a\r", random), "a\r\r\n.\r\n");
}

TEST(message_encoder, all_texts_come_out_as_octet_by_octet)
{
    std::mt19937 random(17);
    for (const std::string& text : support::texts_of_line_ends_and_dots()) expect_the_same(text, random);
}

TEST(message_encoder, letters_come_out_as_octet_by_octet)
{
    std::mt19937 random(19);
    const auto letters = letters_in(std::filesystem::path(RESTANTE_SOURCE_DIR) / "tests/samples");
    ASSERT_GT(letters.size(), 10U);
    for (const std::string& letter : letters) {
        expect_the_same(letter, random);
        expect_the_same(support::lf_octet_by_octet(letter).octets, random);
    }
}

TEST(message_encoder, a_chunk_of_usual_text_makes_room_once)
{
    std::string text;
    while (text.size() < 60'000) text += "The quick brown fox jumps over the lazy dog.\n";
    std::string out;
    message_encoder encoder(mail::form::lf);
    encoder.convert(text, out);
    const auto* const begin = out.data();
    out.clear();
    encoder.convert(text, out);
    EXPECT_EQ(out.data(), begin);
    EXPECT_LT(out.capacity(), 70'000U);
}
