// Converting by iconv, and around what it does not know (docs/decisions/0140).
#include "mail/mime/charset.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/mime/charset_labels.hpp"
#include "mail/mime/japanese.hpp"
#include "mail/mime/octet_converter.hpp"
#include "mail/mime/plain_text.hpp"

#include <algorithm>
#include <array>

namespace mail::mime {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t prescan_octets = 4u
                                       << 10; // of a page: browsers look at 1 KiB, mailings have long heads

/// Where the Encoding Standard's table differs from iconv's.
struct difference {
    std::string_view converter;
    unsigned char octet;
    char32_t point;
};
constexpr std::array differences = std::to_array<difference>({{"KOI8-U", 0xAE, 0x45E},
                                                              {"KOI8-U", 0xBE, 0x40E},
                                                              {"MAC-UK", 0xFF, 0x20AC},
                                                              {"MACINTOSH", 0xC6, 0x2206},
                                                              {"MACINTOSH", 0xF0, 0xF8FF}});

/// Octet by octet: iconv would put letters and points together (windows-1255, windows-1258).
std::string from_single_octets(std::string_view octets, const std::string& name)
{
    std::array<std::string, 256> table;
    octet_converter converter(name);
    for (unsigned i = 0; i < table.size(); ++i) {
        const char octet = static_cast<char>(static_cast<unsigned char>(i));
        converter.convert({&octet, 1}, table.at(i));
    }
    for (const auto& difference : differences) {
        if (difference.converter != name) continue;
        table.at(difference.octet).clear();
        add_utf8(difference.point, table.at(difference.octet));
    }
    std::string out;
    out.reserve(octets.size());
    for (const char c : octets) out += table.at(static_cast<unsigned char>(c));
    return out;
}

/// Microsoft's writing in the rows of signs, Hong Kong's everywhere else: the two halves of the standard's table.
std::string from_big5(std::string_view octets)
{
    octet_converter signs("BIG5");
    octet_converter rest("BIG5-HKSCS");
    const auto is_sign = [](char c) { return c >= '\xA1' && c <= '\xA3'; };
    std::string out;
    for (std::size_t index = 0, begin = 0, next = 0; begin < octets.size(); begin = index) {
        const bool sign = is_sign(octets[begin]);
        for (index = begin; index < octets.size() && is_sign(octets[index]) == sign; index = next)
            next = std::min(octets.size(), index + (base::is_ascii(octets.substr(index, 1)) ? 1 : 2));
        (sign ? signs : rest).convert(octets.substr(begin, index - begin), out);
    }
    return out;
}

/// Two octets a character between "~{" and "~}" (RFC 1843).
std::string from_hz(std::string_view octets)
{
    std::string plain;
    bool chinese = false;
    for (std::size_t index = 0; index < octets.size(); ++index) {
        const std::string_view two = octets.substr(index, 2);
        if (two == "~{" || two == "~}") {
            chinese = two == "~{";
            ++index;
        } else if (two == "~~" && !chinese) {
            plain += '~';
            ++index;
        } else if (two == "~\n") {
            ++index;
        } else {
            if (octets[index] == '\n') chinese = false;
            const bool half = chinese && octets[index] > ' ';
            plain += half ? static_cast<char>(octets[index] | '\x80') : octets[index];
        }
    }
    std::string out;
    octet_converter("GB18030").convert(plain, out);
    return out;
}

/// Without a mark: the half in which more octets are zero is the upper one; little-endian where neither is.
bool is_big_endian(std::string_view octets)
{
    std::size_t zeros_first = 0;
    std::size_t zeros_second = 0;
    for (std::size_t index = 0; index + 1 < octets.size(); index += 2) {
        zeros_first += octets[index] == '\0';
        zeros_second += octets[index + 1] == '\0';
    }
    return zeros_first > zeros_second;
}

std::string from_utf_16(std::string_view octets, bool big)
{
    std::string out;
    const auto unit = [&](std::size_t offset) {
        const auto first = static_cast<unsigned char>(octets[offset]);
        const auto second = static_cast<unsigned char>(octets[offset + 1]);
        return static_cast<char32_t>(big ? first << 8 | second : second << 8 | first);
    };
    std::size_t offset = 0;
    for (; offset + 1 < octets.size(); offset += 2) {
        char32_t point = unit(offset);
        const char32_t low = offset + 3 < octets.size() ? unit(offset + 2) : 0;
        if (point >= 0xD800 && point < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
            offset += 2;
        }
        add_utf8(point, out);
    }
    if (offset < octets.size()) add_utf8(0xFFFD, out);
    return out;
}

std::string converted_by(const std::string& name, std::string_view octets)
{
    std::string out;
    octet_converter(name).convert(octets, out);
    return out;
}

std::string without_label(std::string octets)
{
    if (has_escapes(octets)) return from_iso_2022_jp(octets);
    if (base::is_utf8(octets)) return octets;
    return from_single_octets(octets, "CP1252");
}

bool is_whole(std::string_view text)
{
    return base::is_utf8(text) && text.find("\xEF\xBF\xBD") == std::string_view::npos;
}

/// The value of `name` ("charset", "encoding") in `element`, as pages write it.
std::string value_in(std::string_view element, std::string_view name)
{
    for (std::size_t offset = element.find(name); offset != std::string_view::npos;
         offset = element.find(name, offset + 1)) {
        const std::size_t equals = element.find_first_not_of(" \t\r\n", offset + name.size());
        if (equals == std::string_view::npos || element[equals] != '=') continue;
        const std::size_t begin = element.find_first_not_of(" \t\r\n\"'", equals + 1);
        if (begin == std::string_view::npos) return {};
        return std::string(element.substr(begin, element.find_first_of(" \t\r\n\"';/>?", begin) - begin));
    }
    return {};
}

std::string without_page_comments(std::string page)
{
    for (std::size_t offset = page.find("<!--"); offset != std::string::npos;
         offset = page.find("<!--", offset)) {
        const std::size_t end = page.find("-->", offset + 2); // "<!-->" is one
        page.erase(offset, end == std::string::npos ? end : end + 3 - offset);
    }
    return page;
}

/// A few octets of Windows-1252 among UTF-8: what was put together of both. Two characters of Windows-1252 look like
/// one of UTF-8 now and then, but not time and again.
bool is_utf8_in_the_main(std::string_view octets)
{
    constexpr std::size_t characters_min = 2;
    std::size_t characters = 0;
    std::size_t others = 0;
    while (!octets.empty()) {
        const std::size_t length = base::utf8_sequence_octets(octets);
        characters += length > 1;
        others += length == 0;
        octets.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return characters >= characters_min && characters >= others;
}

/// The octets that are no UTF-8 in Windows-1252.
std::string from_mixed(std::string_view octets)
{
    std::string out;
    std::string others;
    const auto add_others = [&] {
        if (!others.empty()) out += from_single_octets(others, "CP1252");
        others.clear();
    };
    while (!octets.empty()) {
        const std::size_t length = base::utf8_sequence_octets(octets);
        if (length == 0) {
            others += octets[0];
        } else {
            add_others();
            out += octets.substr(0, length);
        }
        octets.remove_prefix(std::max<std::size_t>(length, 1));
    }
    add_others();
    return out;
}

constexpr std::string_view big_endian_mark = "\xFE\xFF", little_endian_mark = "\xFF\xFE";

} // namespace

std::optional<std::string> from_utf_16_message(std::string_view message)
{
    constexpr std::size_t octets_asked = 8;
    const bool marked = message.starts_with(big_endian_mark) || message.starts_with(little_endian_mark);
    const std::string_view first = message.substr(0, octets_asked);
    // Without a mark: the name of a field, each letter with a zero.
    const bool zeros = first.size() == octets_asked && std::ranges::count(first, '\0') == octets_asked / 2 &&
                       (first[0] == '\0' || first[1] == '\0') && first[0] != first[1];
    if (!marked && !zeros) return std::nullopt;
    std::string octets; // each octet 0x0A was taken for a line end, and had a CR put before it
    message.remove_prefix(marked ? 2 : 0);
    for (std::size_t index = 0; index < message.size(); ++index)
        if (!message.substr(index).starts_with("\r\n")) octets += message[index];
    return from_utf_16(octets, first.starts_with(big_endian_mark) || first[0] == '\0');
}

std::string to_utf8(std::string octets, std::string_view label)
{
    if (octets.starts_with(byte_order_mark) && base::is_utf8(octets))
        return octets.substr(byte_order_mark.size());
    const charset meant = charset_of(label);
    const bool may_be_utf_16 = meant.method == charset_method::utf_16 ||
                               meant.method == charset_method::utf_8 ||
                               meant.method == charset_method::unsaid;
    const std::string_view text = octets;
    if (may_be_utf_16 && (text.starts_with(big_endian_mark) || text.starts_with(little_endian_mark)))
        return from_utf_16(text.substr(2), text.starts_with(big_endian_mark));
    switch (meant.method) {
    case charset_method::utf_8: return octets;
    case charset_method::single_octets: return from_single_octets(octets, meant.converter);
    case charset_method::multi_octets:
    case charset_method::stateful: return converted_by(meant.converter, octets);
    case charset_method::big5: return from_big5(octets);
    case charset_method::iso_2022_jp: return from_iso_2022_jp(octets);
    case charset_method::euc_jp: return from_euc_jp(octets);
    case charset_method::hz: return from_hz(octets);
    case charset_method::utf_16:
        if (base::is_utf8(octets) && octets.find('\0') == std::string::npos && octets.contains('\n'))
            return octets; // labelled so before it was converted
        return from_utf_16(octets,
                           meant.converter == "big" || (meant.converter.empty() && is_big_endian(octets)));
    case charset_method::unsaid: break;
    }
    return without_label(std::move(octets));
}

std::string raw_to_utf8(std::string octets, const std::vector<std::string>& labels)
{
    const bool escapes = has_escapes(octets);
    if (!escapes && base::is_utf8(octets)) return octets;
    const bool mixed = !escapes && is_utf8_in_the_main(octets);
    for (const std::string& label : labels) {
        const auto [method, converter] = charset_of(label);
        if (mixed && (converter == "CP1252" || converter == "ISO-8859-15")) continue;
        if (method == charset_method::unsaid || method == charset_method::utf_8 ||
            method == charset_method::utf_16)
            continue;
        if (escapes && method != charset_method::stateful && method != charset_method::iso_2022_jp) continue;
        if (std::string text = to_utf8(octets, label); is_whole(text)) return text;
    }
    if (mixed) return from_mixed(octets);
    return without_label(std::move(octets));
}

bool has_escapes(std::string_view octets)
{
    for (auto offset = octets.find('\x1b'); offset != std::string_view::npos;
         offset = octets.find('\x1b', offset + 1)) {
        const std::string_view behind = octets.substr(offset + 1, 2);
        if (behind.starts_with("$B") || behind.starts_with("$@") || behind.starts_with("$(") ||
            behind.starts_with("$)") || behind.starts_with("$A") || behind.starts_with("(I"))
            return true;
    }
    return false;
}

std::string charset_in_html(std::string_view octets)
{
    const std::string head = without_page_comments(base::lower_case(octets.substr(0, prescan_octets)));
    const std::string_view page = head;
    if (const auto begin = page.find_first_not_of(" \t\r\n"); begin != std::string_view::npos)
        if (page.substr(begin).starts_with("<?xml"))
            if (auto label = value_in(page.substr(begin, page.find("?>", begin) - begin), "encoding");
                !label.empty())
                return label;
    for (std::size_t offset = page.find("<meta"); offset != std::string_view::npos;
         offset = page.find("<meta", offset + 1)) {
        const std::string_view element = page.substr(offset, page.find('>', offset) - offset);
        if (auto label = value_in(element, "charset"); !label.empty()) return label;
    }
    return {};
}

} // namespace mail::mime
