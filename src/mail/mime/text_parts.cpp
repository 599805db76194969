// Texts, decoded as far as it takes to know them.
#include "mail/mime/text_parts.hpp"

#include "base/utf8.hpp"
#include "mail/mime/charset.hpp"
#include "mail/mime/charset_labels.hpp"
#include "mail/mime/decoding.hpp"
#include "mail/mime/plain_text.hpp"
#include "mail/mime/uuencoded.hpp"

#include <algorithm>
#include <array>

namespace mail::mime {
namespace {

constexpr std::size_t empty_octets_max = 64u << 10; // a longer text is not empty

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

/// No sign is seen: line ends, blanks, no-break blanks, characters without width.
bool is_empty(std::string_view text)
{
    constexpr std::array<std::string_view, 14> unseen = {" ",
                                                         "\t",
                                                         "\r",
                                                         "\n",
                                                         "&nbsp;",
                                                         "\xC2\xA0",
                                                         "\xC2\xAD",
                                                         "\xCD\x8F",
                                                         "\xE2\x80\x8B",
                                                         "\xE2\x80\x8C",
                                                         "\xE2\x80\x8D",
                                                         "\xE2\x81\xA0",
                                                         "\xE3\x80\x80",
                                                         "\xEF\xBB\xBF"};
    while (!text.empty()) {
        const auto found =
            std::ranges::find_if(unseen, [&](std::string_view each) { return text.starts_with(each); });
        if (found == unseen.end()) return false;
        text.remove_prefix(found->size());
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
    found.name = raw_to_utf8(std::string(file.name), {text.charset});
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
