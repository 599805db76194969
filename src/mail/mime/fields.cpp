// Lines of a header section.
#include "mail/mime/fields.hpp"

#include "base/ascii.hpp"
#include "mail/mime/parameters.hpp"
#include "mail/mime/plain_text.hpp"

#include <algorithm>
#include <array>
#include <bitset>

namespace mail::mime {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
constexpr unsigned delimiters_asked_max =
    16; // each asks for the boundary, which is looked for from the beginning

bool has_name(std::string_view line, std::string_view name)
{
    if (!base::equal_ignoring_case(line.substr(0, name.size()), name)) return false;
    const auto colon = line.find_first_not_of(" \t", name.size());
    return colon != std::string_view::npos && line[colon] == ':';
}

/// A name of printable characters and a colon (RFC 5322, section 2.2; blanks before the colon: section 4.5). A name
/// of digits alone is a time of the day.
bool is_field(std::string_view line)
{
    const auto end = std::ranges::find_if_not(line, [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
    const auto octets = static_cast<std::size_t>(end - line.begin());
    const auto colon = line.find_first_not_of(" \t", octets);
    if (octets == 0 || colon == std::string_view::npos || line[colon] != ':') return false;
    if (std::ranges::all_of(line.substr(0, octets), base::is_digit)) return false;
    return !line.substr(colon + 1).starts_with("//"); // an address of the web begins a line of text
}

// In lower case, in order: what RFC 5322, RFC 2045, RFC 4021 and mail programs put into header sections. Those of which
// there is one at most stand first.
constexpr std::array single_fields = std::to_array<std::string_view>(
    {"bcc",         "cc",          "date",       "delivery-date", "envelope-to",  "from",
     "importance",  "in-reply-to", "message-id", "mime-version",  "organisation", "organization",
     "precedence",  "priority",    "references", "reply-to",      "return-path",  "sender",
     "sensitivity", "status",      "subject",    "thread-index",  "thread-topic", "to",
     "user-agent"});
constexpr std::array repeated_fields = std::to_array<std::string_view>({"accept-language",
                                                                        "alternate-recipient",
                                                                        "apparently-to",
                                                                        "approved",
                                                                        "archived-at",
                                                                        "authentication-results",
                                                                        "auto-submitted",
                                                                        "autocrypt",
                                                                        "autoforwarded",
                                                                        "bimi-selector",
                                                                        "cancel-lock",
                                                                        "comments",
                                                                        "control",
                                                                        "conversion",
                                                                        "deferred-delivery",
                                                                        "delivered-to",
                                                                        "disposition-notification-to",
                                                                        "distribution",
                                                                        "dkim-signature",
                                                                        "domainkey-signature",
                                                                        "encoding",
                                                                        "encrypted",
                                                                        "envelope-from",
                                                                        "errors-to",
                                                                        "expires",
                                                                        "face",
                                                                        "feedback-id",
                                                                        "followup-to",
                                                                        "injection-date",
                                                                        "injection-info",
                                                                        "keywords",
                                                                        "language",
                                                                        "lines",
                                                                        "mail-followup-to",
                                                                        "mail-reply-to",
                                                                        "mailing-list",
                                                                        "newsgroups",
                                                                        "nntp-posting-host",
                                                                        "obsoletes",
                                                                        "old-return-path",
                                                                        "openpgp",
                                                                        "original-recipient",
                                                                        "path",
                                                                        "posting-version",
                                                                        "received",
                                                                        "received-spf",
                                                                        "relay-version",
                                                                        "reply-by",
                                                                        "return-receipt-to",
                                                                        "savedfromemail",
                                                                        "supersedes",
                                                                        "tls-required",
                                                                        "via",
                                                                        "xref"});
constexpr std::array field_families =
    std::to_array<std::string_view>({"apple-", "arc-", "authentication-", "content-", "dkim-", "jabber-",
                                     "list-", "mmhs-", "old-", "original-", "resent-", "tls-", "x-"});

static_assert(std::ranges::is_sorted(single_fields) && std::ranges::is_sorted(repeated_fields));

/// Where a name in lower case stands among those of which there is one at most; their number: nowhere.
std::size_t place_of(std::string_view name)
{
    const auto* const position = std::ranges::lower_bound(single_fields, name);
    const bool found = position != single_fields.end() && *position == name;
    return found ? static_cast<std::size_t>(position - single_fields.begin()) : single_fields.size();
}

/// The name of a field in lower case.
std::string name_of(std::string_view line)
{
    return base::lower_case(line.substr(0, line.find_first_of(": \t")));
}

bool is_blank(std::string_view line)
{
    return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// What a mail program puts above a message that it keeps in a file.
bool is_separator(std::string_view line)
{
    return line.starts_with("From ") || line.starts_with(">From ");
}

bool is_delimiter(std::string_view line, std::string_view header)
{
    const std::string boundary = facts_of(field_value(header, "content-type"), {}, {}).boundary;
    if (boundary.empty() || !line.substr(2).starts_with(boundary)) return false;
    std::string_view rest = line.substr(2 + boundary.size());
    if (rest.starts_with("--")) rest.remove_prefix(2);
    return is_blank(rest);
}

class section_end {
public:
    explicit section_end(std::string_view octets) : octets_(octets) {}

    entity find()
    {
        for (std::size_t index = 0; index < octets_.size();) {
            const std::size_t end = line_end(octets_, index);
            const std::string_view line = octets_.substr(index, end - index);
            if (line == "\r\n" || line == "\n")
                return suspect_ == none ? cut(index, end) : cut(suspect_, body_);
            if (announced(line, index)) return cut(index, index);
            look_at(line, index, end);
            index = end;
        }
        // Without an empty line a text that had a field in it would be shown nowhere.
        if (first_suspect_ != none) return cut(first_suspect_, first_body_);
        const std::size_t end = unknown_above(octets_.size());
        return cut(end, end);
    }

private:
    static constexpr std::size_t none = std::string_view::npos;

    void look_at(std::string_view line, std::size_t offset, std::size_t end)
    {
        const bool blank = is_blank(line);
        const bool folded = !blank && offset > 0 && (line[0] == ' ' || line[0] == '\t');
        if (!blank && is_field(line) && (suspect_ == none || goes_on(name_of(line)))) {
            suspect_ = none;
            remember(name_of(line));
        } else if (suspect_ == none && !folded && (offset != 0 || !is_separator(line))) {
            // "Note: ..." right above words without a colon is one of them; above blanks it is a field.
            suspect_ = blank ? offset : unknown_above(offset);
            body_ = blank ? end : suspect_;
            if (first_suspect_ != none) return;
            first_suspect_ = suspect_;
            first_body_ = body_;
        }
    }

    void remember(std::string_view name)
    {
        if (const std::size_t place = place_of(name); place < single_fields.size()) met_.set(place);
    }

    /// Where the fields that nobody knows begin which end at `end`; `end` where there are none.
    std::size_t unknown_above(std::size_t end) const
    {
        std::size_t begin = end;
        for (std::size_t offset = end; offset > 0;) {
            const auto line_end_before = offset > 1 ? octets_.rfind('\n', offset - 2) : none;
            const std::size_t line = line_end_before == none ? 0 : line_end_before + 1;
            const std::string_view text = octets_.substr(line, offset - line);
            offset = line;
            if (line > 0 && (text[0] == ' ' || text[0] == '\t')) continue;
            if (!is_field(text) || is_known(name_of(text))) break;
            begin = line;
        }
        return begin;
    }

    static bool is_known(std::string_view name)
    {
        return place_of(name) < single_fields.size() || is_repeated(name);
    }

    static bool is_repeated(std::string_view name)
    {
        if (std::ranges::binary_search(repeated_fields, name)) return true;
        return name.find('-') != std::string_view::npos &&
               std::ranges::any_of(field_families,
                                   [&](std::string_view family) { return name.starts_with(family); });
    }

    /// Such a field behind junk belongs to the header section: a text has lines like "Tel: 030 1234", and quotes the
    /// fields of other letters.
    bool goes_on(std::string_view name) const
    {
        const std::size_t place = place_of(name);
        return place < single_fields.size() ? !met_.test(place) : is_repeated(name);
    }

    bool announced(std::string_view line, std::size_t offset)
    {
        if (offset == 0 || !line.starts_with("--") || asked_ == delimiters_asked_max) return false;
        ++asked_;
        return is_delimiter(line, octets_.substr(0, offset));
    }

    entity cut(std::size_t header, std::size_t body) const
    {
        return {octets_.substr(0, header), octets_.substr(body)};
    }

    std::string_view octets_;
    std::size_t suspect_ = none; ///< the first line that may be the text, and where the text then begins
    std::size_t body_ = 0;
    std::size_t first_suspect_ = none, first_body_ = 0; ///< the first of all
    std::bitset<single_fields.size()> met_;
    unsigned asked_ = 0;
};

std::string unfolded(std::string_view lines)
{
    std::string value(cut_text(lines, value_octets_max));
    std::erase_if(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    value.erase(0, value.find_first_not_of(" \t"));
    return value;
}

} // namespace

std::size_t line_end(std::string_view text, std::size_t offset)
{
    const auto end = text.find('\n', offset);
    return end == std::string_view::npos ? text.size() : end + 1;
}

entity entity_of(std::string_view octets)
{
    if (octets.starts_with(utf8_mark)) octets.remove_prefix(utf8_mark.size());
    return section_end(octets).find();
}

std::string field_value(std::string_view header, std::string_view name)
{
    auto values = field_values(header, name, 1);
    return values.empty() ? std::string() : std::move(values.front());
}

std::vector<std::string> field_values(std::string_view header, std::string_view name, std::size_t most)
{
    std::vector<std::string> values;
    header = header.substr(0, header_octets_max);
    for (std::size_t index = 0; index < header.size() && values.size() < most;) {
        std::size_t end = line_end(header, index);
        if (has_name(header.substr(index, end - index), name)) {
            while (end < header.size() && (header[end] == ' ' || header[end] == '\t'))
                end = line_end(header, end);
            const std::size_t begin = header.find(':', index) + 1;
            values.push_back(unfolded(header.substr(begin, end - begin)));
        }
        index = end;
    }
    return values;
}

} // namespace mail::mime
