// The decoder of DATA against one written for plainness, over every short input that could matter.
#include "lmtp/data.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

struct decoded {
    std::string content;
    std::optional<std::size_t> end; ///< octets used up to the end of the data
    friend bool operator==(const decoded&, const decoded&) = default;
};

/// RFC 5321, section 4.5.2, word for word, over lines that end with CRLF.
decoded reference(std::string_view input)
{
    decoded out;
    for (std::size_t begin = 0;;) {
        const std::size_t line_end = input.find("\r\n", begin);
        const bool last = line_end == std::string_view::npos;
        std::string_view line = input.substr(begin, last ? input.size() : line_end - begin);
        if (line == "." && !last) {
            out.end = line_end + 2;
            return out;
        }
        const bool undecided = last && (line == "." || line == ".\r");
        if (undecided) return out;
        if (line.starts_with('.')) line.remove_prefix(1);
        out.content += line;
        if (last) return out;
        out.content += "\r\n";
        begin = line_end + 2;
    }
}

decoded decode(const std::vector<std::string_view>& chunks)
{
    decoded out;
    lmtp::data_decoder decoder;
    std::size_t used = 0;
    for (std::string_view chunk : chunks) {
        while (!chunk.empty()) {
            const auto piece = decoder.decode(chunk);
            out.content += piece.content;
            used += piece.used;
            chunk.remove_prefix(piece.used);
            if (piece.ended) {
                out.end = used;
                return out;
            }
        }
    }
    return out;
}

TEST(data_decoder, equals_the_reference_for_all_short_inputs_at_all_cuts)
{
    constexpr std::string_view alphabet("\r\n.x\0", 5);
    constexpr std::size_t octets = 7;
    std::string input(octets, ' ');
    std::size_t combinations = 1;
    for (std::size_t i = 0; i < octets; ++i) combinations *= alphabet.size();
    for (std::size_t number = 0; number < combinations; ++number) {
        for (std::size_t i = 0, left = number; i < octets; ++i, left /= alphabet.size())
            input[i] = alphabet[left % alphabet.size()];
        const std::string_view all = input;
        const decoded expected = reference(all);
        ASSERT_EQ(decode({all}), expected) << number;
        std::vector<std::string_view> single;
        for (std::size_t i = 0; i < octets; ++i) single.push_back(all.substr(i, 1));
        ASSERT_EQ(decode(single), expected) << number;
        for (std::size_t cut = 1; cut < octets; ++cut)
            ASSERT_EQ(decode({all.substr(0, cut), all.substr(cut)}), expected) << number << " cut at " << cut;
    }
}

TEST(data_decoder, hands_out_large_spans_without_copying)
{
    const std::string text(1 << 20, 'x');
    lmtp::data_decoder decoder;
    const auto piece = decoder.decode(text);
    EXPECT_EQ(piece.content.data(), text.data());
    EXPECT_EQ(piece.content.size(), text.size());
}

TEST(data_decoder, leaves_what_follows_the_end)
{
    lmtp::data_decoder decoder;
    const auto piece = decoder.decode(".\r\nQUIT\r\n");
    EXPECT_TRUE(piece.ended);
    EXPECT_EQ(piece.used, 3U);
}

} // namespace
