// UTF-8 well-formedness.
#include "base/utf8.hpp"

#include <algorithm>

namespace base {
namespace {

char32_t code_point(std::string_view sequence)
{
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return first;
    char32_t out = first & (0x7FU >> sequence.size());
    for (const char c : sequence.substr(1)) out = out << 6 | (static_cast<unsigned char>(c) & 0x3FU);
    return out;
}

} // namespace

std::size_t utf8_sequence_octets(std::string_view text)
{
    if (text.empty()) return 0;
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 0;
    if (length == 0 || text.size() < length) return 0;
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; };
    if (!std::ranges::all_of(text.substr(1, length - 1), continues)) return 0;
    const char32_t point = code_point(text.substr(0, length));
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return 0;
    return length;
}

bool is_utf8(std::string_view text)
{
    for (std::size_t offset = 0; offset < text.size();) {
        const bool ascii =
            static_cast<unsigned char>(text[offset]) < 0x80; // most texts are, for the greater part
        const std::size_t length = ascii ? 1 : utf8_sequence_octets(text.substr(offset));
        if (length == 0) return false;
        offset += length;
    }
    return true;
}

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_control(std::string_view sequence)
{
    const char32_t point = code_point(sequence);
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x200E || point == 0x200F ||
           (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) || point == 0x2028 ||
           point == 0x2029;
}

} // namespace base
