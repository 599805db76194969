// The tokens of HTML, as browsers see them in the main (WHATWG HTML, section 13.2.5).
#include "mail/mime/html_tokens.hpp"

#include "base/ascii.hpp"
#include "mail/mime/html_entities.hpp"

#include <algorithm>
#include <array>

namespace mail::mime {
namespace {

constexpr std::size_t tag_name_octets_max = 32;
constexpr std::size_t attribute_octets_max = 8u << 10; // of an address or a description that is kept
constexpr std::size_t number_octets_max = 9;
constexpr std::string_view white_space = " \t\r\n\f";

/// Their contents are no text of the page, and are not made of tags.
constexpr std::array<std::string_view, 7> passed_over = {"script", "style",    "title", "noembed",
                                                         "iframe", "noframes", "xmp"};

bool begins_tag(std::string_view at)
{
    if (at.starts_with("</")) return at.size() > 2 && base::is_letter(at[2]);
    return at.starts_with('<') && at.size() > 1 && base::is_letter(at[1]);
}

bool begins_markup(std::string_view at)
{
    return begins_tag(at) || at.starts_with("<!") || at.starts_with("<?");
}

/// "display: none" (CSS), however it is written; what is invisible takes room, and shows nothing either.
bool hides(std::string_view style)
{
    std::string compact;
    for (const char c : style)
        if (!white_space.contains(c)) compact += base::lower(c);
    return compact.contains("display:none") || compact.contains("visibility:hidden");
}

} // namespace

html_token html_tokens::next()
{
    while (!rest_.empty()) {
        if (rest_.starts_with("<!--")) {
            rest_.remove_prefix(4);
            if (rest_.starts_with('>') || rest_.starts_with("->"))
                pass_over(">"); // whole comments
            else
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
    if (token.name == "template") token.hidden = true;
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
    if (name == "href" && of.href.empty()) of.href = attribute_decoded(value.substr(0, attribute_octets_max));
    if (name == "alt" && of.alt.empty()) of.alt = attribute_decoded(value.substr(0, attribute_octets_max));
    if (name == "start") of.start = value.substr(0, number_octets_max);
    if (name == "hidden" || (name == "style" && hides(value.substr(0, attribute_octets_max))))
        of.hidden = true;
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

} // namespace mail::mime
