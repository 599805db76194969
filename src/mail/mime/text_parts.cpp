// Texts, decoded as far as it takes to know them.
#include "mail/mime/text_parts.hpp"

#include "base/utf8.hpp"
#include "mail/mime/charset.hpp"
#include "mail/mime/charset_labels.hpp"
#include "mail/mime/decoding.hpp"
#include "mail/mime/encoded_text.hpp"
#include "mail/mime/html_entities.hpp"
#include "mail/mime/plain_text.hpp"

#include <algorithm>
#include <array>

namespace mail::mime {
namespace {

constexpr std::size_t empty_octets_max = 64u << 10; // a longer text is not empty
constexpr std::size_t blank_entity_octets_max = 12; // "&#x0000200b;"
constexpr std::size_t page_head_octets = 4u << 10;  // in which a page says its charset

/// Of a page that says no charset in its Content-Type: what it says itself, unless it is UTF-8 in fact.
std::string label_of(const part& each, std::string_view octets)
{
    const bool said = charset_of(each.charset).method != charset_method::unsaid;
    if (each.role != part::role::html || said) return each.charset;
    if (!base::is_ascii(octets) && base::is_utf8(octets)) return each.charset;
    std::string told = charset_in_html(octets);
    const bool readable =
        charset_of(told).method != charset_method::utf_16; // it was read octet by octet just now
    return readable ? told : each.charset;
}

struct point_range {
    char32_t first, last;
};
// White space (Zs and the line ends of Unicode), Default_Ignorable_Code_Point, and the braille sign without dots.
constexpr std::array unseen_points = std::to_array<point_range>(
    {{0x09, 0x0D},     {0x20, 0x20},       {0x85, 0x85},       {0xA0, 0xA0},      {0xAD, 0xAD},
     {0x34F, 0x34F},   {0x61C, 0x61C},     {0x115F, 0x1160},   {0x1680, 0x1680},  {0x17B4, 0x17B5},
     {0x180B, 0x180F}, {0x2000, 0x200F},   {0x2028, 0x202F},   {0x205F, 0x206F},  {0x2800, 0x2800},
     {0x3000, 0x3000}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},  {0xFFA0, 0xFFA0},
     {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}});

char32_t point_of(std::string_view sequence)
{
    const auto first = static_cast<unsigned char>(sequence.front());
    if (sequence.size() == 1) return first;
    char32_t point = first & (0x7FU >> sequence.size());
    for (const char next : sequence.substr(1))
        point = (point << 6) | (static_cast<unsigned char>(next) & 0x3FU);
    return point;
}

bool is_unseen(char32_t point)
{
    return std::ranges::any_of(
        unseen_points, [&](const point_range& each) { return point >= each.first && point <= each.last; });
}

/// The octets of an entity of HTML that stands at the beginning and shows no sign: generators of mail leave them in
/// texts that are no HTML. 0 where there is none.
std::size_t unseen_entity_octets(std::string_view text)
{
    const std::size_t end = text.substr(0, blank_entity_octets_max).find(';');
    if (!text.starts_with('&') || end == std::string_view::npos) return 0;
    const std::string sign = with_entities_decoded(text.substr(0, end + 1));
    return base::utf8_sequence_octets(sign) == sign.size() && is_unseen(point_of(sign)) ? end + 1 : 0;
}

/// No sign is seen.
bool is_empty(std::string_view text)
{
    while (!text.empty()) {
        std::size_t octets = unseen_entity_octets(text);
        if (octets == 0) {
            octets = base::utf8_sequence_octets(text);
            if (octets == 0 || !is_unseen(point_of(text.substr(0, octets)))) return false;
        }
        text.remove_prefix(octets);
    }
    return true;
}

bool is_empty(const part& each)
{
    bool cut = false;
    const std::string text = raw_text_of(each, empty_octets_max, cut);
    return !cut && is_empty(clean_text(text));
}

bool is_plain(const part& each)
{
    return each.role == part::role::text && each.content_type == "text/plain";
}

part file_in(const uuencoded_file& file, const part& text)
{
    part found{.role = part::role::attachment, .content_type = "application/octet-stream"};
    found.name = name_of(file, {text.charset});
    found.encoding = file.base64 ? transfer_encoding::base64 : transfer_encoding::uuencode;
    found.octets = file.lines;
    return found;
}

} // namespace

std::string raw_text_of(const part& each, std::size_t octets_max, bool& cut)
{
    std::string octets;
    decode(each.octets, each.encoding, [&](std::string_view piece) {
        octets += piece.substr(0, octets_max + 1 - octets.size());
        return octets.size() <= octets_max;
    });
    if (octets.size() > octets_max) {
        cut = true;
        octets = cut_text(octets, octets_max); // half a character would make it look like no UTF-8
    }
    const std::string label = label_of(each, octets);
    return to_utf8(std::move(octets), label);
}

std::string name_of(const uuencoded_file& file, const std::vector<std::string>& labels)
{
    std::string name = decoded_text(std::string(file.name), labels);
    if (name.size() > 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    return name;
}

std::string charset_told_by(const part& each)
{
    if (each.role != part::role::html || charset_of(each.charset).method != charset_method::unsaid)
        return each.charset;
    std::string head;
    decode(each.octets, each.encoding, [&](std::string_view piece) {
        head += piece.substr(0, page_head_octets - head.size());
        return head.size() < page_head_octets;
    });
    return charset_in_html(head);
}

std::optional<part> plain_text_behind(part& labelled)
{
    const std::size_t from = plain_from(labelled.octets);
    if (from == std::string_view::npos) return std::nullopt;
    const std::string_view before = labelled.octets.substr(0, from);
    if (before.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        labelled.encoding = transfer_encoding::identity;
        return std::nullopt;
    }
    part behind{.role = part::role::text, .content_type = "text/plain", .charset = labelled.charset};
    behind.octets = labelled.octets.substr(from);
    labelled.octets = before;
    return behind;
}

std::vector<part> text_and_files(const part& text, std::deque<std::string>& decoded)
{
    std::string unpacked;
    std::string_view octets = text.octets;
    if (text.encoding != transfer_encoding::identity) {
        decode(text.octets, text.encoding, [&](std::string_view piece) {
            unpacked += piece;
            return true;
        });
        octets = unpacked;
    }
    auto file = text.encoding == transfer_encoding::uuencode ? std::nullopt : find_uuencoded(octets, 0);
    if (!file) return {text};
    if (text.encoding != transfer_encoding::identity) octets = decoded.emplace_back(std::move(unpacked));
    std::vector<part> pieces;
    const auto add_text = [&](std::size_t from, std::size_t to) {
        part piece = text;
        piece.encoding = transfer_encoding::identity;
        piece.octets = octets.substr(from, to - from);
        piece.also_attachment = text.also_attachment && pieces.empty();
        if (to > from) pieces.push_back(std::move(piece));
    };
    std::size_t from = 0;
    for (file = find_uuencoded(octets, 0); file; file = find_uuencoded(octets, from)) {
        add_text(from, file->begin);
        pieces.push_back(file_in(*file, text));
        from = file->end;
    }
    add_text(from, octets.size());
    return pieces;
}

void keep_one_form(std::vector<part>& parts, std::size_t first)
{
    const auto begin = parts.begin() + static_cast<std::ptrdiff_t>(first);
    const bool html =
        std::any_of(begin, parts.end(), [](const part& each) { return each.role == part::role::html; });
    const bool text =
        std::any_of(begin, parts.end(), [](const part& each) { return is_plain(each) && !is_empty(each); });
    if (html || text)
        for (auto at = begin; at != parts.end(); ++at)
            if (at->role == part::role::text && !is_plain(*at)) at->role = part::role::attachment;
    parts.erase(std::remove_if(begin, parts.end(),
                               [&](const part& each) {
                                   if (text) return each.role == part::role::html;
                                   return html && is_plain(each) && !each.also_attachment; // it is empty
                               }),
                parts.end());
}

} // namespace mail::mime
