// The tokens of HTML, as browsers see them in the main (WHATWG HTML, section 13.2.5).
#include "mail/mime/html_tokens.hpp"

#include "base/ascii.hpp"
#include "base/library.hpp"
#include "mail/mime/plain_text.hpp"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace mail::mime {
namespace {

constexpr std::size_t tag_name_octets_max = 32;
constexpr std::size_t attribute_octets_max = 8u << 10; // of an address or a description that is kept
constexpr std::size_t entity_octets_max = 12; // the longest name of HTML 4 has 8, the longest number 8
constexpr std::string_view white_space = " \t\r\n\f";

/// Their contents are no text of the page, and are not made of tags.
constexpr std::array<std::string_view, 7> passed_over = {"script", "style",    "title", "noembed",
                                                         "iframe", "noframes", "xmp"};

/// What the C1 controls mean in practice: Windows-1252.
constexpr std::array<char32_t, 32> windows = {0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                              0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                              0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                              0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

bool begins_tag(std::string_view at)
{
    if (at.starts_with("</")) return at.size() > 2 && base::is_letter(at[2]);
    return at.starts_with('<') && at.size() > 1 && base::is_letter(at[1]);
}

bool begins_markup(std::string_view at)
{
    return begins_tag(at) || at.starts_with("<!") || at.starts_with("<?");
}

void add_character(char32_t point, std::string& out)
{
    if (point >= 0x80 && point < 0xA0) point = windows[point - 0x80];
    if (point == 0) point = 0xFFFD;
    add_utf8(point, out);
}

/// libxml2's, of which nothing else is used; loaded at the first entity that has a name.
const htmlEntityDesc* entity_named(const std::string& name)
{
    static const auto look_up = [] {
        base::library in("libxml2.so.2");
        decltype(&::htmlEntityLookup) found = nullptr;
        in.find("htmlEntityLookup", found);
        if (found == nullptr) throw std::runtime_error("libxml2 cannot be used: " + in.trouble());
        return found;
    }();
    return look_up(reinterpret_cast<const xmlChar*>(name.c_str()));
}

/// The character that `name` (between '&' and ';') stands for.
std::optional<char32_t> character_of(std::string_view name)
{
    if (!name.starts_with('#')) {
        const htmlEntityDesc* const known = entity_named(std::string(name));
        return known == nullptr ? std::nullopt : std::optional<char32_t>(known->value);
    }
    name.remove_prefix(1);
    const bool hexadecimal = name.starts_with('x') || name.starts_with('X');
    if (hexadecimal) name.remove_prefix(1);
    unsigned value = 0;
    const auto [end, trouble] =
        std::from_chars(name.data(), name.data() + name.size(), value, hexadecimal ? 16 : 10);
    if (name.empty() || end != name.data() + name.size()) return std::nullopt;
    return trouble == std::errc() ? value : 0xFFFD;
}

} // namespace

html_token html_tokens::next()
{
    while (!rest_.empty()) {
        if (rest_.starts_with("<!--")) {
            rest_.remove_prefix(4);
            pass_over("-->");
        } else if (rest_.starts_with("<!") || rest_.starts_with("<?")) {
            pass_over(">");
        } else if (begins_tag(rest_)) {
            return tag();
        } else {
            return text();
        }
    }
    return {};
}

html_token html_tokens::text()
{
    std::size_t end = rest_.find('<', 1);
    while (end != std::string_view::npos && !begins_markup(rest_.substr(end))) end = rest_.find('<', end + 1);
    html_token token{.kind = html_token::kind::text, .text = rest_.substr(0, end)};
    rest_.remove_prefix(token.text.size());
    return token;
}

html_token html_tokens::tag()
{
    html_token token{.kind = rest_[1] == '/' ? html_token::kind::close : html_token::kind::open};
    rest_.remove_prefix(token.kind == html_token::kind::close ? 2 : 1);
    const std::size_t end = std::min(rest_.size(), rest_.find_first_of(" \t\r\n\f/>"));
    token.name = rest_.substr(0, std::min(end, tag_name_octets_max));
    std::ranges::transform(token.name, token.name.begin(), base::lower);
    rest_.remove_prefix(end);
    while (!rest_.empty() && rest_[0] != '>') attribute(token);
    if (!rest_.empty()) rest_.remove_prefix(1);
    if (token.kind == html_token::kind::open &&
        std::ranges::find(passed_over, token.name) != passed_over.end())
        pass_over_contents(token.name);
    return token;
}

void html_tokens::attribute(html_token& of)
{
    const std::size_t begin = rest_.find_first_not_of(" \t\r\n\f/");
    rest_.remove_prefix(std::min(begin, rest_.size()));
    if (rest_.empty() || rest_[0] == '>') return;
    const std::size_t end = std::min(rest_.size(), rest_.find_first_of(" \t\r\n\f/>=", 1));
    std::string name(rest_.substr(0, std::min(end, tag_name_octets_max)));
    std::ranges::transform(name, name.begin(), base::lower);
    rest_.remove_prefix(end);
    const std::string_view value = attribute_value();
    if (name == "href" && of.href.empty())
        of.href = with_entities_decoded(value.substr(0, attribute_octets_max));
    if (name == "alt" && of.alt.empty())
        of.alt = with_entities_decoded(value.substr(0, attribute_octets_max));
}

std::string_view html_tokens::attribute_value()
{
    rest_.remove_prefix(std::min(rest_.find_first_not_of(white_space), rest_.size()));
    if (!rest_.starts_with('=')) return {};
    rest_.remove_prefix(1);
    rest_.remove_prefix(std::min(rest_.find_first_not_of(white_space), rest_.size()));
    if (rest_.empty()) return {};
    const bool quoted = rest_[0] == '"' || rest_[0] == '\'';
    const std::size_t end = quoted ? rest_.find(rest_[0], 1) : rest_.find_first_of(" \t\r\n\f>");
    const std::string_view value =
        rest_.substr(quoted ? 1 : 0, end == std::string_view::npos ? end : end - (quoted ? 1 : 0));
    rest_.remove_prefix(std::min(rest_.size(), end == std::string_view::npos ? end : end + (quoted ? 1 : 0)));
    return value;
}

void html_tokens::pass_over(std::string_view end)
{
    const std::size_t at = rest_.find(end);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
}

void html_tokens::pass_over_contents(std::string_view name)
{
    for (;;) {
        const std::size_t at = rest_.find("</");
        if (at == std::string_view::npos) {
            rest_ = {};
            return;
        }
        rest_.remove_prefix(at);
        const std::string_view found = rest_.substr(2, name.size());
        if (std::ranges::equal(found, name, {}, base::lower)) return; // its tag is the next token
        rest_.remove_prefix(2);
    }
}

std::string with_entities_decoded(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const std::size_t at = std::min(text.size(), text.find('&'));
        out += text.substr(0, at);
        text.remove_prefix(at);
        if (text.empty()) break;
        std::size_t end = 1;
        while (end < text.size() && end <= entity_octets_max &&
               (base::is_letter_or_digit(text[end]) || (end == 1 && text[end] == '#')))
            ++end;
        const auto point = end == 1 ? std::nullopt : character_of(text.substr(1, end - 1));
        if (point)
            add_character(*point, out);
        else
            out += text.substr(0, end);
        text.remove_prefix(point && end < text.size() && text[end] == ';' ? end + 1 : end);
    }
    return out;
}

} // namespace mail::mime
