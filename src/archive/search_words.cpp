// The reader of what people type into a search.
#include "archive/search_words.hpp"

#include "archive/word_splitter.hpp"
#include "base/ascii.hpp"
#include "mail/mime/plain_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace archive {
namespace {

constexpr std::size_t words_max = 50;    // SQLite allows an expression a depth of 256
constexpr std::size_t octets_max = 4096; // nobody types more
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> fields = {
    std::pair{"from:", "sender"}, {"to:", "{recipients copies}"}, {"cc:", "copies"},
    {"subject:", "subject"},      {"attachment:", "attachments"}, {"body:", "body"}};

base::error unreadable(const std::string& why)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = why,
            .operator_text =
                why + "; write for example: invoice \"of last year\" offer* -draft from:ann attachment:pdf"};
}

/// The column that a field's name at the beginning of `text` stands for; taken off.
std::string_view take_field(std::string_view& text)
{
    for (const auto& [name, column] : fields) {
        if (!base::equal_ignoring_case(text.substr(0, name.size()), name)) continue;
        text.remove_prefix(name.size());
        return column;
    }
    return {};
}

/// As the index knows them.
std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> out;
    each_word(text, [&](const split_word& each) {
        out.emplace_back(each.folded);
        return true;
    });
    return out;
}

struct word {
    std::string_view text;
    bool prefix = false;
};

/// A phrase in quotes (the last may be open), or up to the next space.
word take_word(std::string_view& text)
{
    word taken;
    if (text.starts_with('"')) {
        text.remove_prefix(1);
        taken.text = text.substr(0, text.find('"'));
        text.remove_prefix(std::min(text.size(), taken.text.size() + 1));
    } else {
        taken.text = text.substr(0, text.find(' '));
        text.remove_prefix(taken.text.size());
    }
    if (text.starts_with('*')) {
        taken.prefix = true;
        text.remove_prefix(1);
    }
    if (taken.text.ends_with('*')) {
        taken.prefix = true;
        taken.text.remove_suffix(1);
    }
    return taken;
}

/// A string of FTS5 ends at a quote; two are one of the text.
std::string expression_of(std::string_view column, const word& of)
{
    std::string out;
    if (!column.empty()) out = std::string(column) + " : ";
    out += '"';
    for (const char c : of.text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + (of.prefix ? "\" *" : "\"");
}

} // namespace

base::result<search_words> parse_search_words(std::string_view text)
{
    if (text.size() > octets_max) return base::fail(unreadable("what to search for is too long"));
    const std::string line = mail::mime::clean_line(text); // without NUL, at which SQLite would stop reading
    search_words words;
    std::size_t count = 0;
    for (std::string_view rest = line; !rest.empty();) {
        if (rest[0] == ' ') {
            rest.remove_prefix(1);
            continue;
        }
        const bool unwanted = rest.starts_with('-');
        if (unwanted) rest.remove_prefix(1);
        const std::string_view column = take_field(rest);
        rest.remove_prefix(column.empty() ? 0 : std::min(rest.size(), rest.find_first_not_of(' ')));
        if (rest.empty() && !column.empty())
            return base::fail(unreadable("a field without a word to look for in it"));
        const word next = take_word(rest);
        auto folded = words_of(next.text);
        if (folded.empty()) continue; // signs alone, which the index does not hold
        if (++count > words_max) return base::fail(unreadable("more than 50 words to search for"));
        std::string& into = unwanted ? words.unwanted : words.wanted;
        if (!into.empty()) into += unwanted ? " OR " : " AND ";
        into += expression_of(column, next);
        if (!unwanted && (column.empty() || column == "body"))
            words.in_text.push_back({.words = std::move(folded), .prefix = next.prefix});
    }
    return words;
}

} // namespace archive
