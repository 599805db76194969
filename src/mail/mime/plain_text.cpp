// Controls and broken characters out, flowed lines put together.
#include "mail/mime/plain_text.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace mail::mime {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD
constexpr std::string_view left_to_right_mark = "\xE2\x80\x8E";
constexpr std::string_view right_to_left_mark = "\xE2\x80\x8F";
constexpr std::string_view line_separator = "\xE2\x80\xA8";
constexpr std::string_view paragraph_separator = "\xE2\x80\xA9";

/// What stands in the text for one well-formed sequence.
std::string_view shown(std::string_view sequence)
{
    if (sequence == "\t" || sequence == "\n") return sequence;
    if (sequence == line_separator || sequence == paragraph_separator) return "\n";
    // The marks move nothing but themselves, and Hebrew and Arabic mail needs them.
    if (sequence == left_to_right_mark || sequence == right_to_left_mark) return sequence;
    return base::is_control(sequence) ? std::string_view() : sequence;
}

/// How many octets from the beginning on stay as they are: what most texts consist of.
std::size_t plain_octets(std::string_view text)
{
    const auto end = std::ranges::find_if_not(
        text, [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\t'; });
    return static_cast<std::size_t>(end - text.begin());
}

struct flowed_line {
    std::size_t quotes = 0;
    std::string_view text;
    bool soft = false; ///< the next line of as many quotes belongs to it
};

flowed_line read_line(std::string_view line)
{
    flowed_line found;
    found.quotes = std::min(line.size(), line.find_first_not_of('>'));
    line.remove_prefix(found.quotes);
    if (line.starts_with(' ')) line.remove_prefix(1); // space-stuffed
    found.text = line;
    found.soft = line.ends_with(' ') && line != "-- ";
    return found;
}

} // namespace

std::string clean_text(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (;;) {
        const std::size_t plain = plain_octets(text);
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) return out;
        const std::size_t octets = base::utf8_sequence_octets(text);
        if (octets == 0)
            out += replacement;
        else if (text[0] == '\r')
            out += text.starts_with("\r\n") ? "" : "\n";
        else
            out += shown(text.substr(0, octets));
        text.remove_prefix(octets == 0 ? 1 : octets);
    }
}

std::string clean_line(std::string_view text)
{
    std::string out;
    bool space = false;
    for (const char c : clean_text(text)) {
        if (c == ' ' || c == '\t' || c == '\n') {
            space = !out.empty();
            continue;
        }
        if (space) out += ' ';
        space = false;
        out += c;
    }
    return out;
}

std::string well_formed(std::string text)
{
    if (base::is_utf8(text)) return text;
    std::string out;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t octets = base::utf8_sequence_octets(rest);
        out += octets == 0 ? replacement : rest.substr(0, octets);
        rest.remove_prefix(std::max<std::size_t>(octets, 1));
    }
    return out;
}

std::string_view cut_text(std::string_view utf8, std::size_t octets_max)
{
    if (utf8.size() <= octets_max) return utf8;
    while (octets_max > 0 && (static_cast<unsigned char>(utf8[octets_max]) & 0xC0U) == 0x80) --octets_max;
    return utf8.substr(0, octets_max);
}

void add_utf8(char32_t point, std::string& out)
{
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) point = 0xFFFD;
    const auto add = [&](char32_t octet) { out += static_cast<char>(static_cast<unsigned char>(octet)); };
    const auto tail = [&](unsigned shift) { add(0x80 | ((point >> shift) & 0x3F)); };
    if (point < 0x80) {
        add(point);
    } else if (point < 0x800) {
        add(0xC0 | point >> 6);
        tail(0);
    } else if (point < 0x10000) {
        add(0xE0 | point >> 12);
        tail(6);
        tail(0);
    } else {
        add(0xF0 | point >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

std::string unflowed(std::string_view text, bool delete_space)
{
    std::string out;
    out.reserve(text.size());
    bool within = false; // a paragraph whose last line was soft
    std::size_t quotes = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.size(), text.find('\n'));
        const flowed_line line = read_line(text.substr(0, end));
        const bool last = end == text.size();
        text.remove_prefix(last ? end : end + 1);
        if (within && (line.quotes != quotes || line.text.empty() ||
                       line.text == "-- ")) { // nothing of it follows: its end is a hard one
            out += '\n';
            within = false;
        }
        if (!within) {
            out.append(line.quotes, '>');
            if (line.quotes > 0 && !line.text.empty()) out += ' ';
        }
        out += line.soft && delete_space ? line.text.substr(0, line.text.size() - 1) : line.text;
        within = line.soft && !last;
        quotes = line.quotes;
        if (!within && !last) out += '\n';
    }
    return out;
}

} // namespace mail::mime
