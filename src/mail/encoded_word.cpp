// Writing of encoded-words.
#include "mail/encoded_word.hpp"

#include "base/encoding.hpp"
#include "base/utf8.hpp"

#include <algorithm>

namespace mail {
namespace {

constexpr std::size_t word_octets_max = 60;

/// As many whole characters as fit into `octets_max`, at least one.
std::size_t octets_that_fit(std::string_view text, bool utf8, std::size_t octets_max)
{
    if (!utf8) return std::min(text.size(), octets_max);
    std::size_t out = 0;
    while (out < text.size()) {
        const std::size_t next = base::utf8_sequence_octets(text.substr(out));
        if (out + next > octets_max) break;
        out += next;
    }
    return out;
}

} // namespace

std::string to_encoded_words(std::string_view text)
{
    std::string visible(text);
    std::ranges::replace_if(visible, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }, ' ');
    const bool utf8 = base::is_utf8(visible);
    const std::string begin = utf8 ? "=?utf-8?B?" : "=?unknown-8bit?B?";
    const std::size_t payload_octets_max = (word_octets_max - begin.size() - 2) / 4 * 3;
    std::string out;
    for (std::string_view left = visible; !left.empty();) {
        const std::size_t taken = octets_that_fit(left, utf8, payload_octets_max);
        if (!out.empty()) out += "\r\n ";
        out += begin + base::to_base64(left.substr(0, taken)) + "?=";
        left.remove_prefix(taken);
    }
    return out;
}

} // namespace mail
