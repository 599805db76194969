// Texts, decoded as far as it takes to know them.
#include "mail/mime/text_parts.hpp"

#include "base/utf8.hpp"
#include "mail/mime/charset.hpp"
#include "mail/mime/charset_labels.hpp"
#include "mail/mime/decoding.hpp"
#include "mail/mime/encoded_text.hpp"
#include "mail/mime/plain_text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mail::mime {
namespace {

constexpr std::size_t page_head_octets = 4u << 10; // in which a page says its charset

bool says_charset(const part& text)
{
    return text.kind != part::kind::html || charset_of(text.charset).method != charset_method::unsaid;
}

/// Of a page that says no charset in its Content-Type: what it says itself, unless it is UTF-8 in fact.
std::string label_of(const part& text, std::string_view octets)
{
    if (says_charset(text) || (!base::is_ascii(octets) && base::is_utf8(octets))) return text.charset;
    std::string label = charset_in_html(octets);
    const bool readable =
        charset_of(label).method != charset_method::utf_16; // it was read octet by octet just now
    return readable ? label : text.charset;
}

part file_in(const uuencoded_file& file, const part& text)
{
    part found{.kind = part::kind::file, .content_type = "application/octet-stream"};
    found.name = name_of(file, {text.charset});
    found.encoding = file.base64 ? transfer_encoding::base64 : transfer_encoding::uuencode;
    found.octets = file.lines;
    return found;
}

part piece_of(const part& whole, std::string_view octets)
{
    part piece = whole;
    piece.octets = octets;
    return piece;
}

/// A text cut at the uuencoded files in it; empty where there is none.
std::vector<part> text_and_files(const part& text, std::deque<std::string>& kept)
{
    if (text.kind != part::kind::text || text.encoding == transfer_encoding::uuencode) return {};
    std::string decoded;
    std::string_view octets = text.octets;
    if (text.encoding != transfer_encoding::identity) {
        decode(text.octets, text.encoding, [&](std::string_view piece) {
            decoded += piece;
            return true;
        });
        octets = decoded;
    }
    auto file = find_uuencoded(octets, 0);
    if (!file) return {};
    if (text.encoding != transfer_encoding::identity) octets = kept.emplace_back(std::move(decoded));
    std::vector<part> pieces;
    const auto add_text = [&](std::size_t from, std::size_t to) {
        if (to <= from) return;
        part piece = piece_of(text, octets.substr(from, to - from));
        piece.encoding = transfer_encoding::identity;
        if (!pieces.empty()) { // only one piece can be what was named
            piece.also_file = false;
            piece.content_id.clear();
        }
        pieces.push_back(std::move(piece));
    };
    std::size_t text_begin = 0;
    for (file = find_uuencoded(octets, 0); file; file = find_uuencoded(octets, text_begin)) {
        add_text(text_begin, file->begin);
        pieces.push_back(file_in(*file, text));
        text_begin = file->end;
    }
    add_text(text_begin, octets.size());
    return pieces;
}

/// A part in base64, and the plain text that begins at `plain_begin`, each cut further.
std::vector<part> encoded_and_plain(const part& leaf, std::size_t plain_begin, std::deque<std::string>& kept)
{
    part encoded = piece_of(leaf, leaf.octets.substr(0, plain_begin));
    part plain{.kind = part::kind::text, .content_type = "text/plain", .charset = leaf.charset};
    plain.octets = leaf.octets.substr(plain_begin);
    std::vector<part> pieces;
    for (part* half : {&encoded, &plain}) {
        auto cut = text_and_files(*half, kept);
        if (cut.empty()) cut.push_back(std::move(*half));
        std::ranges::move(cut, std::back_inserter(pieces));
    }
    return pieces;
}

} // namespace

part_text text_of(const part& text, std::size_t octets_max)
{
    std::string octets;
    decode(text.octets, text.encoding, [&](std::string_view piece) {
        octets += piece.substr(0, octets_max + 1 - octets.size());
        return octets.size() <= octets_max;
    });
    const bool cut = octets.size() > octets_max;
    if (cut) octets = cut_text(octets, octets_max); // half a character would make it look like no UTF-8
    const std::string label = label_of(text, octets);
    return {.utf8 = well_formed(to_utf8(std::move(octets), label)), .cut = cut};
}

std::string name_of(const uuencoded_file& file, const std::vector<std::string>& labels)
{
    std::string name = decoded_text(std::string(file.name), labels);
    if (name.size() > 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    return name;
}

std::string charset_told_by(const part& text)
{
    if (says_charset(text)) return text.charset;
    std::string head;
    decode(text.octets, text.encoding, [&](std::string_view piece) {
        head += piece.substr(0, page_head_octets - head.size());
        return head.size() < page_head_octets;
    });
    return charset_in_html(head);
}

std::vector<part> pieces_of(part& leaf, std::deque<std::string>& kept)
{
    const bool base64 = leaf.encoding == transfer_encoding::base64;
    const std::size_t plain_begin = base64 ? plain_from(leaf.octets) : std::string_view::npos;
    if (plain_begin == std::string_view::npos) return text_and_files(leaf, kept);
    const bool plain =
        leaf.octets.substr(0, plain_begin).find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (!plain) return encoded_and_plain(leaf, plain_begin, kept);
    leaf.encoding = transfer_encoding::identity; // docs/decisions/0180
    return text_and_files(leaf, kept);
}

} // namespace mail::mime
