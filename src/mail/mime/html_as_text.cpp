// HTML written out as text: what a reader of a terminal would want to see of it.
#include "mail/mime/html_as_text.hpp"

#include "base/ascii.hpp"
#include "mail/mime/html_entities.hpp"
#include "mail/mime/plain_text.hpp"
#include "mail/mime/reading.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace mail::mime {

namespace {

constexpr std::size_t nesting_shown_max = 8;       // quotes and lists deeper than this are shown as this deep
constexpr std::size_t link_octets_max = 2000;      // of an address that is shown
constexpr std::size_t lists_remembered_max = 1000; // open lists; those inside more are shown without numbers

// A blank line around them, or a new line.
constexpr std::array<std::string_view, 12> paragraphs = {"p",  "h1", "h2",    "h3",  "h4", "h5",
                                                         "h6", "dl", "table", "pre", "hr", "blockquote"};
constexpr std::array<std::string_view, 25> blocks = {
    "div",      "tr",     "li",   "dt",     "dd",      "ul",    "ol",      "section", "article",
    "header",   "footer", "nav",  "center", "address", "form",  "figure",  "caption", "main",
    "fieldset", "aside",  "body", "option", "legend",  "thead", "textarea"};

template <typename Names>
bool is_one_of(std::string_view name, const Names& names)
{
    return std::ranges::find(names, name) != names.end();
}

/// Characters that mailings put in to fill a preview: nothing is seen of them.
bool is_filling(std::string_view text)
{
    return text.starts_with("\xC2\xAD") || text.starts_with("\xCD\x8F") || text.starts_with("\xE2\x80\x8B") ||
           text.starts_with("\xE2\x80\x8C") || text.starts_with("\xEF\xBB\xBF");
}

std::string_view without_scheme(std::string_view address)
{
    for (const std::string_view scheme : {"http://", "https://", "mailto:", "www."})
        if (address.starts_with(scheme)) address.remove_prefix(scheme.size());
    if (address.ends_with('/')) address.remove_suffix(1);
    return address;
}

unsigned first_number(std::string_view start)
{
    unsigned number = 1;
    std::from_chars(start.data(), start.data() + start.size(), number);
    return std::max(number, 1U); // 0 says that a list has no numbers
}

/// Elements that no browser shows: the first words of a mailing, repeated for lists of messages, and the copy of a page
/// for telephones (docs/decisions/0182).
class hidden_elements {
public:
    /// `token` lies within one, or is its tag.
    bool cover(const html_token& token)
    {
        if (depth_ == 0) return token.hidden && token.kind == html_token::kind::open && enter(token.name);
        if (token.name != name_) return true;
        if (token.kind == html_token::kind::close) --depth_;
        if (token.kind == html_token::kind::open) ++depth_;
        return true;
    }

    bool within() const { return depth_ > 0; }
    void leave() { depth_ = 0; }

private:
    /// An element without contents covers itself alone.
    bool enter(const std::string& name)
    {
        constexpr std::array<std::string_view, 9> without_contents = {"img",  "br",   "hr",   "input", "wbr",
                                                                      "area", "link", "meta", "col"};
        name_ = name;
        depth_ = is_one_of(name, without_contents) ? 0 : 1;
        return true;
    }

    std::string name_;
    std::size_t depth_ = 0;
};

class writer {
public:
    explicit writer(std::size_t octets_max) : octets_max_(octets_max) {}

    bool full() const { return out_.size() > octets_max_; }

    void take(const html_token& token)
    {
        if (token.kind == html_token::kind::text)
            text(with_entities_decoded(token.text));
        else if (token.kind == html_token::kind::open)
            open(token);
        else
            close(token.name);
    }

    std::string finish()
    {
        close_link();
        std::string text = clean_text(out_);
        const std::size_t last = text.find_last_not_of(" \n\t");
        text.erase(last == std::string::npos ? 0 : last + 1);
        if (!text.empty()) text += '\n';
        return std::string(cut_text(text, octets_max_));
    }

private:
    void open(const html_token& token)
    {
        if (token.name == "br") return line_break();
        if (token.name == "a") return open_link(token.href);
        if (token.name == "img" && !token.alt.empty()) return text("[" + token.alt + "]");
        if (token.name == "td" || token.name == "th") return cell();
        if (token.name == "q") return text("\"");
        around(token.name, lists_.empty());
        if (token.name == "hr") text("----------");
        if (token.name == "hr") around(token.name, true);
        if (token.name == "pre") ++preformatted_;
        if (token.name == "blockquote") ++quotes_;
        if ((token.name == "ul" || token.name == "ol") && lists_.size() < lists_remembered_max)
            lists_.push_back(token.name == "ol" ? first_number(token.start) : 0);
        if (token.name == "li") item();
    }

    void close(std::string_view name)
    {
        if (name == "a") return close_link();
        if (name == "q") return text("\"");
        around(name, lists_.size() <= 1);
        if (name == "pre" && preformatted_ > 0) --preformatted_;
        if (name == "blockquote" && quotes_ > 0) --quotes_;
        if ((name == "ul" || name == "ol") && !lists_.empty()) lists_.pop_back();
    }

    void around(std::string_view name, bool outermost_list)
    {
        if (is_one_of(name, paragraphs) || ((name == "ul" || name == "ol") && outermost_list))
            want_lines(2);
        else if (is_one_of(name, blocks))
            want_lines(1);
    }

    /// Line ends before the next word, if there is one.
    void want_lines(unsigned count) { lines_ = std::max(lines_, count); }

    void line_break()
    {
        if (lines_ > 0 || out_.empty()) {
            lines_ = std::min(lines_ + 1, 2U);
            return;
        }
        out_ += '\n';
        at_line_start_ = true;
        space_ = false;
        blank_lines_ = out_.ends_with("\n\n") ? 2 : 1;
    }

    void cell()
    {
        if (lines_ == 0 && !at_line_start_) separator_ = true;
    }

    void item()
    {
        if (lists_.empty() || lists_.back() == 0)
            marker_ = "- ";
        else
            marker_ = std::to_string(lists_.back()++) + ". ";
    }

    void text(std::string_view words)
    {
        for (; !words.empty() && !full(); words.remove_prefix(1)) {
            while (is_filling(words)) words.remove_prefix(words[0] == '\xE2' || words[0] == '\xEF' ? 3 : 2);
            if (words.empty()) return;
            const char c = words[0];
            const bool no_break = words.starts_with("\xC2\xA0");
            if (no_break) words.remove_prefix(1);
            if (preformatted_ > 0 && c == '\n')
                line_break();
            else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || no_break)
                space(c);
            else
                put(c);
        }
    }

    void space(char c)
    {
        if (preformatted_ > 0 && c != '\r')
            put(c == '\t' ? c : ' ');
        else
            space_ = true;
    }

    void put(char c)
    {
        begin_line();
        if (!at_line_start_ && separator_)
            out_ += "  ";
        else if (!at_line_start_ && space_)
            out_ += ' ';
        if (at_line_start_) prefix();
        at_line_start_ = space_ = separator_ = false;
        blank_lines_ = 0;
        out_ += c;
    }

    void begin_line()
    {
        if (!out_.empty())
            for (; blank_lines_ < lines_; ++blank_lines_) {
                out_ += '\n';
                at_line_start_ = true;
            }
        lines_ = 0;
        if (!marker_.empty() && !at_line_start_) {
            out_ += '\n';
            at_line_start_ = true;
        }
    }

    void prefix()
    {
        for (std::size_t i = 0; i < std::min(quotes_, nesting_shown_max); ++i) out_ += "> ";
        const std::size_t levels = std::min(lists_.size(), nesting_shown_max);
        if (levels > 0) out_.append(2 * (levels - 1), ' ');
        if (!marker_.empty())
            out_ += marker_;
        else if (levels > 0)
            out_ += "  ";
        marker_.clear();
    }

    void open_link(const std::string& address)
    {
        close_link();
        link_ = clean_line(address);
        link_begin_ = out_.size();
    }

    /// " <address>" behind the text, where the text is not the address already.
    void close_link()
    {
        std::string address;
        address.swap(link_);
        if (address.empty() || address.starts_with('#') || address.starts_with("javascript:") ||
            address.starts_with("data:"))
            return;
        std::string_view shown = std::string_view(out_).substr(std::min(link_begin_, out_.size()));
        shown.remove_prefix(std::min(shown.size(), shown.find_first_not_of(" \n>")));
        if (shown.empty() || without_scheme(shown) == without_scheme(address)) return;
        space_ = true;
        const auto kept = cut_text(address, link_octets_max);
        text("<");
        text(kept);
        text(">");
    }

    std::size_t octets_max_;
    std::string out_;
    bool at_line_start_ = true, space_ = false, separator_ = false;
    unsigned lines_ = 0;       // wanted before the next word
    unsigned blank_lines_ = 2; // line ends that stand at the end of out_
    unsigned preformatted_ = 0;
    std::size_t quotes_ = 0;
    std::vector<unsigned> lists_; // the next number of each open list; 0: a list without numbers
    std::string marker_;
    std::string link_;
    std::size_t link_begin_ = 0;
};

/// Without what is hidden; an element that never ends hides nothing, and those behind it neither.
std::string without_hidden(std::string_view html, std::size_t octets_max)
{
    html_tokens tokens(html);
    html_tokens behind_tag = tokens;
    html_token hiding_tag;
    writer out(octets_max);
    hidden_elements hidden;
    bool hiding = true;
    while (!out.full()) {
        const html_token token = tokens.next();
        if (token.kind == html_token::kind::end) {
            if (!hidden.within()) break;
            out.take(hiding_tag);
            tokens = behind_tag;
            hiding = false;
            hidden.leave();
            continue;
        }
        const bool before = hidden.within();
        if (!hiding || !hidden.cover(token)) out.take(token);
        if (before || !hidden.within()) continue;
        behind_tag = tokens;
        hiding_tag = token;
    }
    return out.finish();
}

std::string with_hidden(std::string_view html, std::size_t octets_max)
{
    html_tokens tokens(html);
    writer out(octets_max);
    for (html_token token = tokens.next(); token.kind != html_token::kind::end && !out.full();
         token = tokens.next())
        out.take(token);
    return out.finish();
}

} // namespace

std::string html_as_text(std::string_view html, std::size_t octets_max)
{
    std::string text = without_hidden(html, octets_max);
    return text.empty() ? with_hidden(html, octets_max) : text;
}

namespace {

constexpr std::size_t tag_name_octets_max = 32;
constexpr std::size_t attribute_octets_max = 8u << 10; // of an address or a description that is kept
constexpr std::size_t number_octets_max = 9;
constexpr std::string_view white_space = " \t\r\n\f";

/// Their contents are no text of the page, and are not made of tags.
constexpr std::array<std::string_view, 7> passed_over = {"script", "style",    "title", "noembed",
                                                         "iframe", "noframes", "xmp"};

bool begins_tag(std::string_view text)
{
    if (text.starts_with("</")) return text.size() > 2 && base::is_letter(text[2]);
    return text.starts_with('<') && text.size() > 1 && base::is_letter(text[1]);
}

bool begins_markup(std::string_view text)
{
    return begins_tag(text) || text.starts_with("<!") || text.starts_with("<?");
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

void html_tokens::attribute(html_token& token)
{
    const std::size_t begin = rest_.find_first_not_of(" \t\r\n\f/");
    rest_.remove_prefix(std::min(begin, rest_.size()));
    if (rest_.empty() || rest_[0] == '>') return;
    const std::size_t end = std::min(rest_.size(), rest_.find_first_of(" \t\r\n\f/>=", 1));
    std::string name(rest_.substr(0, std::min(end, tag_name_octets_max)));
    std::ranges::transform(name, name.begin(), base::lower);
    rest_.remove_prefix(end);
    const std::string_view value = attribute_value();
    if (name == "href" && token.href.empty())
        token.href = attribute_decoded(value.substr(0, attribute_octets_max));
    if (name == "alt" && token.alt.empty())
        token.alt = attribute_decoded(value.substr(0, attribute_octets_max));
    if (name == "start") token.start = value.substr(0, number_octets_max);
    if (name == "hidden" || (name == "style" && hides(value.substr(0, attribute_octets_max))))
        token.hidden = true;
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
    const std::size_t offset = rest_.find(end);
    rest_.remove_prefix(offset == std::string_view::npos ? rest_.size() : offset + end.size());
}

void html_tokens::pass_over_contents(std::string_view name)
{
    for (;;) {
        const std::size_t offset = rest_.find("</");
        if (offset == std::string_view::npos) {
            rest_ = {};
            return;
        }
        rest_.remove_prefix(offset);
        const std::string_view found = rest_.substr(2, name.size());
        if (std::ranges::equal(found, name, {}, base::lower)) return; // its tag is the next token
        rest_.remove_prefix(2);
    }
}

} // namespace mail::mime
