// Parameters as they are sent, which GMime reads by the book alone (docs/decisions/0141).
#include "mail/mime/parameters.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/mime/charset.hpp"
#include "mail/mime/charset_labels.hpp"
#include "mail/mime/encoded_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace mail::mime {
namespace {

constexpr std::size_t field_octets_max = 8u << 10; // of one such field
constexpr std::size_t own_name_octets_max = 80;    // of a parameter's own name
constexpr std::size_t charset_octets_max = 60;
constexpr std::string_view space_or_tab = " \t";

/// `filename*1*=value`: section 1 of "filename", in percent signs.
struct section {
    std::string name;
    std::optional<unsigned> number{};
    bool percent = false;
    std::string value{};
};

std::string_view trimmed(std::string_view text)
{
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(space_or_tab)));
    const auto last = text.find_last_not_of(space_or_tab);
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool in_name(char c)
{
    return c > ' ' && c < '\x7f' && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

/// A name and '=' stand there: the next parameter, whether a semicolon is before it or not.
bool begins_parameter(std::string_view text)
{
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(space_or_tab)));
    const auto head = text.substr(0, own_name_octets_max);
    const auto end = std::ranges::find_if_not(head, in_name) - head.begin();
    const auto equals = text.find_first_not_of(space_or_tab, static_cast<std::size_t>(end));
    return end > 0 && equals != std::string_view::npos && text[equals] == '=' && text.size() > equals + 1 &&
           text[equals + 1] != '?'; // no encoded-word's end
}

bool is_comment(std::string_view text)
{
    text = trimmed(text);
    return text.starts_with('(') && text.find(')') != std::string_view::npos;
}

/// Nothing of the value that ended here follows.
bool ends_value(std::string_view behind)
{
    const std::string_view rest = trimmed(behind);
    if (rest.empty() || rest[0] == ';' || is_comment(rest)) return true;
    return rest.size() < behind.size() && begins_parameter(rest);
}

class parameter_reader {
public:
    explicit parameter_reader(std::string_view text) : rest_(text) {}

    std::vector<section> read()
    {
        std::vector<section> sections;
        for (;;) {
            rest_.remove_prefix(std::min(rest_.size(), rest_.find_first_not_of("; \t")));
            if (rest_.empty()) return sections;
            const auto end =
                static_cast<std::size_t>(std::ranges::find_if_not(rest_, in_name) - rest_.begin());
            if (end == 0 || !begins_parameter(rest_)) {
                pass_over_junk();
                continue;
            }
            section found = named(rest_.substr(0, end));
            rest_.remove_prefix(rest_.find('=', end) + 1);
            const bool quoted =
                rest_.substr(std::min(rest_.size(), rest_.find_first_not_of(space_or_tab))).starts_with('"');
            found.value = value(found.name == "filename" || found.name == "name");
            if (found.name == "boundary" &&
                !quoted) // no token has it: a comment begins; names of files have it
                found.value.resize(std::min(found.value.size(), found.value.find('(')));
            sections.push_back(std::move(found));
        }
    }

private:
    static section named(std::string_view text)
    {
        section found{.name = base::lower_case(text)};
        if (found.name.ends_with('*')) {
            found.percent = true;
            found.name.pop_back();
        }
        const auto star = found.name.find('*');
        if (star == std::string::npos) return found;
        unsigned number = std::numeric_limits<unsigned>::max();
        std::from_chars(found.name.data() + star + 1, found.name.data() + found.name.size(), number);
        found.number = number;
        found.name.erase(star);
        return found;
    }

    void pass_over_junk()
    {
        if (is_comment(rest_)) return rest_.remove_prefix(rest_.find(')') + 1);
        const std::size_t end = rest_.find_first_of("; \t");
        rest_.remove_prefix(std::min(rest_.size(), end));
    }

    std::string value(bool of_file)
    {
        rest_.remove_prefix(std::min(rest_.size(), rest_.find_first_not_of(space_or_tab)));
        if (rest_.starts_with('"')) return quoted();
        return of_file ? without_other_quotes(bare(true)) : bare(false);
    }

    /// Quotes that are none of RFC 5322's.
    static std::string without_other_quotes(std::string value)
    {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 2> quotes = {
            {{"'", "'"}, {"\u201C", "\u201D"}}};
        for (const auto& [before, behind] : quotes)
            if (value.size() > before.size() + behind.size() && value.starts_with(before) &&
                value.ends_with(behind))
                return value.substr(before.size(), value.size() - before.size() - behind.size());
        return value;
    }

    /// To the quote behind which the value ends; quotes inside that nobody escaped belong to it.
    std::string quoted()
    {
        std::string out;
        std::size_t semicolon = std::string_view::npos; // where the value ends if no quote closes it
        std::size_t out_until = 0;
        unsigned quotes_inside = 0;
        for (std::size_t index = 1; index < rest_.size(); ++index) {
            const char c = rest_[index];
            const bool escaped = c == '\\' && index + 1 < rest_.size() &&
                                 (rest_[index + 1] == '"' || rest_[index + 1] == '\\');
            if (c == '"' && (quotes_inside > quotes_inside_max || ends_value(rest_.substr(index + 1)))) {
                rest_.remove_prefix(index + 1);
                return out;
            }
            if (c == '"') ++quotes_inside;
            if (c == ';' && semicolon == std::string_view::npos &&
                begins_parameter(rest_.substr(index + 1))) {
                semicolon = index;
                out_until = out.size();
            }
            out += escaped ? rest_[++index] : c;
        }
        if (semicolon != std::string_view::npos) out.resize(out_until);
        rest_.remove_prefix(std::min(rest_.size(), semicolon));
        return std::string(trimmed(out));
    }

    /// A semicolon in the name of a file stands for itself where no parameter follows it.
    bool is_in_name(std::size_t semicolon) const
    {
        const std::size_t next = rest_.find_first_not_of(space_or_tab, semicolon + 1);
        if (next == std::string_view::npos || rest_[next] == ';' || rest_[next] == '(') return false;
        return !begins_parameter(rest_.substr(next));
    }

    std::string bare(bool of_file)
    {
        std::size_t end = 0;
        while (end < rest_.size() && (rest_[end] != ';' || (of_file && is_in_name(end)))) {
            if ((rest_[end] == ' ' || rest_[end] == '\t') && ends_value(rest_.substr(end))) break;
            ++end;
        }
        const std::string_view found = trimmed(rest_.substr(0, end));
        rest_.remove_prefix(end);
        return std::string(found);
    }

    static constexpr unsigned quotes_inside_max = 50; // each looks at what follows

    std::string_view rest_;
};

std::string without_percent(std::string_view text)
{
    std::string out;
    for (std::size_t index = 0; index < text.size(); ++index) {
        unsigned octet = 0;
        const std::string_view digits = text.substr(index + 1, 2);
        const bool whole = text[index] == '%' && digits.size() == 2 &&
                           std::from_chars(digits.begin(), digits.end(), octet, 16).ptr == digits.end();
        out += whole ? static_cast<char>(static_cast<unsigned char>(octet)) : text[index];
        if (whole) index += 2;
    }
    return out;
}

/// Of `charset'languagename`, where the second quote was forgotten, the name: languages that senders write are known.
std::string_view without_language(std::string_view value)
{
    constexpr std::array<std::string_view, 14> languages = {"en", "de", "fr", "es", "it", "pt", "nl",
                                                            "ja", "zh", "ko", "ru", "pl", "sv", "tr"};
    const bool blank_follows = value.substr(std::min<std::size_t>(value.size(), 2)).starts_with("%20");
    const bool word_ends = value.size() > 2 && value[2] == '%' && !blank_follows;
    return word_ends && std::ranges::find(languages, value.substr(0, 2)) != languages.end() ? value.substr(2)
                                                                                            : value;
}

/// Takes `charset'language'` off the beginning; quotes around the charset or the whole are forgiven.
std::string charset_taken(std::string_view& value)
{
    if (value.starts_with('\'') && !value.starts_with("''") && std::ranges::count(value, '\'') > 2)
        value.remove_prefix(1);
    const auto first = value.substr(0, charset_octets_max).find('\'');
    if (first == std::string_view::npos) return {};
    const auto second = value.find('\'', first + 1);
    std::string label(value.substr(0, first));
    if (second == std::string_view::npos) {
        if (charset_of(label).method == charset_method::unsaid) return {};
        value = without_language(value.substr(first + 1));
        return label;
    }
    value.remove_prefix(second + 1);
    return label;
}

/// The same; behind the first section only a charset that is known is one.
std::string charset_said(std::string_view& value, bool first)
{
    std::string_view behind = value;
    std::string label = charset_taken(behind);
    if (!first && charset_of(label).method == charset_method::unsaid) return {};
    value = behind;
    return label;
}

/// A sequence of UTF-8 that lacks its end stands in it; an octet of another charset looks otherwise.
bool has_cut_sequence(std::string_view octets)
{
    while (!octets.empty()) {
        const std::size_t length = base::utf8_sequence_octets(octets);
        const auto octet = [&](std::size_t offset) {
            return offset < octets.size() ? static_cast<unsigned char>(octets[offset]) : 0U;
        };
        if (length == 0 && octet(0) >= 0xE0 && (octet(1) & 0xC0U) == 0x80) return true;
        octets.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return false;
}

/// U+FFFD for each run of octets that are no UTF-8.
std::string with_replacements(std::string_view octets)
{
    std::string out;
    bool broken = false;
    while (!octets.empty()) {
        const std::size_t length = base::utf8_sequence_octets(octets);
        if (length > 0)
            out += octets.substr(0, length);
        else if (!broken)
            out += "\xEF\xBF\xBD";
        broken = length == 0;
        octets.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

/// The form of RFC 2231 under a name without its star.
bool is_percent_after_all(std::string_view value)
{
    if (std::ranges::count(value, '\'') < 2) return false;
    std::string_view behind = value;
    const std::string label = charset_taken(behind);
    return charset_of(label).method != charset_method::unsaid && behind.contains('%');
}

class named_parameters {
public:
    named_parameters(std::string_view text, const std::vector<std::string>& labels)
        : all_(parameter_reader(text).read()), labels_(labels)
    {
    }

    /// RFC 2231's forms before the plain one; an empty value is none.
    std::string value(std::string_view name) const
    {
        for (const section& section : all_)
            if (section.name == name && section.percent && !section.number)
                if (auto text = joined({&section}); !text.empty()) return text;
        std::vector<const section*> numbered;
        for (const section& section : all_)
            if (section.name == name && section.number) numbered.push_back(&section);
        const auto by_number = [](const section* section) { return std::pair(*section->number, section); };
        std::ranges::sort(numbered, {}, by_number);
        const auto twice =
            std::ranges::unique(numbered, {}, [](const section* section) { return *section->number; });
        numbered.erase(twice.begin(), twice.end());
        if (auto text = joined(numbered); !text.empty()) return text;
        for (const section& candidate : all_)
            if (candidate.name == name && !candidate.percent && !candidate.number) {
                section meant = candidate;
                meant.percent = is_percent_after_all(candidate.value);
                if (auto text = joined({&meant}); !text.empty()) return text;
            }
        return {};
    }

private:
    std::string joined(const std::vector<const section*>& sections) const
    {
        std::string octets;
        std::string label;
        for (const section* section : sections) {
            std::string_view value = section->value;
            if (section->percent && label.empty()) label = charset_said(value, section == sections.front());
            octets += section->percent ? without_percent(value) : std::string(value);
        }
        const bool known = charset_of(label).method != charset_method::unsaid;
        std::string text = known ? to_utf8(octets, label) : std::string();
        if (has_cut_sequence(text)) return with_replacements(text);
        if (text.find("\xEF\xBF\xBD") != std::string::npos && base::is_utf8(octets)) text.clear();
        if (!known || text.empty()) text = octets;
        return std::string(trimmed(decoded_text(std::move(text), labels_)));
    }

    std::vector<section> all_;
    const std::vector<std::string>& labels_;
};

/// The two words the wrong way round, as programs written by hand say it.
std::string put_right(const std::string& type)
{
    if (type == "plain/text") return "text/plain";
    return type == "html/text" ? "text/html" : type;
}

std::string type_of(std::string_view field)
{
    std::string type;
    field = field.substr(0, std::min(field.size(), field.find(';')));
    for (std::size_t index = 0; index < field.size(); ++index) {
        const char c = field[index];
        const auto next = field.find_first_not_of(' ', index);
        const bool around_slash =
            type.empty() || type.ends_with('/') || (next != std::string_view::npos && field[next] == '/');
        if (in_name(c) || c == '/')
            type += base::lower(c);
        else if (c != '"' && c != '\'' && (c != ' ' || !around_slash))
            break;
    }
    const auto slash = type.find('/');
    const bool is_type = slash != std::string::npos && slash > 0 && slash + 1 < type.size();
    return is_type ? put_right(type) : std::string();
}

/// "attachment"; empty where there is no such word.
std::string disposition_of(std::string_view field)
{
    const std::string_view word = field.substr(0, field.find_first_of("; \t("));
    return std::ranges::all_of(word, in_name) ? base::lower_case(word) : std::string();
}

/// What stands behind the first word of a field: a semicolon should.
std::string_view behind_word(std::string_view field)
{
    field.remove_prefix(std::min(field.size(), field.find_first_not_of(space_or_tab)));
    return field.substr(std::min(field.size(), field.find_first_of("; \t")));
}

std::string first_of(std::initializer_list<std::string> values)
{
    for (const auto& value : values)
        if (!value.empty()) return value;
    return {};
}

} // namespace

content_facts facts_of(std::string_view content_type, std::string_view disposition,
                       const std::vector<std::string>& labels)
{
    content_type = content_type.substr(0, field_octets_max);
    disposition = trimmed(disposition.substr(0, field_octets_max));
    content_facts facts{.type = type_of(content_type)};
    const std::string_view parameters =
        begins_parameter(content_type) ? content_type : behind_word(content_type);
    std::vector<std::string> own = labels;
    facts.charset = base::lower_case(named_parameters(parameters, own).value("charset"));
    if (!facts.charset.empty()) own.insert(own.begin(), facts.charset);
    const named_parameters type(parameters, own);
    const named_parameters disposition_parameters(
        begins_parameter(disposition) ? disposition : behind_word(disposition), own);
    facts.boundary = type.value("boundary");
    facts.flowed = base::equal_ignoring_case(type.value("format"), "flowed");
    facts.delete_space = base::equal_ignoring_case(type.value("delsp"), "yes");
    facts.name = first_of({disposition_parameters.value("filename"), type.value("name"),
                           disposition_parameters.value("name"), type.value("filename")});
    facts.disposition = disposition_of(disposition);
    return facts;
}

} // namespace mail::mime
