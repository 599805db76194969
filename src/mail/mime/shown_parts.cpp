// One form of each multipart/alternative (RFC 2046, section 5.1.4).
#include "mail/mime/shown_parts.hpp"

#include "base/utf8.hpp"
#include "mail/mime/html_entities.hpp"
#include "mail/mime/plain_text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace mail::mime {
namespace {

constexpr std::size_t empty_octets_max = 64u << 10; // a longer text is not empty
constexpr std::size_t blank_entity_octets_max = 12; // "&#x0000200b;"

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

bool is_empty(const part& text)
{
    const auto [utf8, cut] = text_of(text, empty_octets_max);
    return !cut && is_empty(clean_text(utf8));
}

part_use use_of(const part& each)
{
    switch (each.kind) {
    case part::kind::container: return {};
    case part::kind::text:
    case part::kind::html: return {.shown = true, .saved = each.also_file};
    case part::kind::message:
    case part::kind::file: break;
    }
    return {.shown = false, .saved = true};
}

bool is_plain(const part& each)
{
    return each.kind == part::kind::text && each.content_type == "text/plain";
}

/// Of the parts from `first` to `end`, which lie in one multipart/alternative.
void keep_one_form(const std::vector<part>& parts, std::size_t first, std::size_t end,
                   std::vector<part_use>& uses)
{
    bool html = false;
    bool text = false;
    for (std::size_t at = first; at < end; ++at) {
        html = html || (uses[at].shown && parts[at].kind == part::kind::html);
        text = text || (uses[at].shown && is_plain(parts[at]) && !is_empty(parts[at]));
    }
    if (!html && !text) return;
    for (std::size_t at = first; at < end; ++at) {
        part_use& use = uses[at];
        if (!use.shown) continue;
        if (parts[at].kind == part::kind::html)
            use = text ? part_use{} : use;
        else if (!is_plain(parts[at]))
            use = {.shown = false, .saved = true};
        else if (!text && !use.saved)
            use = {}; // it is empty
    }
}

} // namespace

std::vector<part_use> uses_of(const part_tree& message)
{
    const auto& parts = message.parts;
    std::vector<part_use> uses;
    uses.reserve(parts.size());
    std::ranges::transform(parts, std::back_inserter(uses), use_of);
    for (std::size_t at = parts.size(); at > 0; --at) { // those within before those around them
        const part& each = parts[at - 1];
        if (each.kind == part::kind::container && each.content_type == "multipart/alternative")
            keep_one_form(parts, at, each.end, uses);
    }
    return uses;
}

} // namespace mail::mime
