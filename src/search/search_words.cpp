// From the tree of a search to the conditions of SQL and FTS5.
#include "search/search_words.hpp"

#include "search/search_reader.hpp"

#include <utility>

namespace search {
namespace {

using kind = search_part::kind;

void append(search_conditions& to, const search_conditions& more, std::string_view between)
{
    if (more.sql.empty()) return;
    to.sql += (to.sql.empty() ? "" : std::string(between)) + "(" + more.sql + ")";
    to.values.insert(to.values.end(), more.values.begin(), more.values.end());
}

/// One expression of FTS5, where the part is made of words alone; else empty.
std::string match_expression_of(const search_part& part)
{
    if (part.what == kind::word) return part.expression;
    if (part.what != kind::all && part.what != kind::any) return {};
    std::string out;
    for (const search_part& each : part.parts) {
        const std::string one = match_expression_of(each);
        if (one.empty()) return {};
        if (!out.empty()) out += part.what == kind::all ? " AND " : " OR ";
        out += each.what == kind::word || part.parts.size() == 1 ? one : "(" + one + ")";
    }
    return out;
}

search_conditions conditions_of(const search_part& part)
{
    if (part.what == kind::row) return part.row;
    if (std::string expression = match_expression_of(part); !expression.empty())
        return {"number IN (SELECT rowid FROM words WHERE words MATCH ?)", {std::move(expression)}};
    search_conditions out;
    if (part.what == kind::none) {
        out = conditions_of(part.parts.front());
        out.sql = "NOT (" + out.sql + ")";
        return out;
    }
    for (const search_part& each : part.parts)
        append(out, conditions_of(each), part.what == kind::all ? " AND " : " OR ");
    return out;
}

void collect_phrases(const search_part& part, std::vector<searched_phrase>& into)
{
    if (part.what == kind::none) return;
    if (!part.phrase.words.empty()) into.push_back(part.phrase);
    for (const search_part& each : part.parts) collect_phrases(each, into);
}

void collect_names(const search_part& part, search_words& into)
{
    if (!part.account.empty()) into.accounts.push_back(part.account);
    if (part.folder) into.folders.push_back(*part.folder);
    for (const search_part& each : part.parts) collect_names(each, into);
}

/// The words that must all be there go together: FTS5 is quicker with all of them than with one after the other.
search_words parted(const search_part& whole)
{
    search_words out;
    out.wanted = match_expression_of(whole);
    if (!out.wanted.empty() || whole.what != kind::all) {
        if (out.wanted.empty()) out.others = conditions_of(whole);
        return out;
    }
    for (const search_part& part : whole.parts) {
        const std::string expression = match_expression_of(part);
        if (expression.empty())
            append(out.others, conditions_of(part), " AND ");
        else
            out.wanted += (out.wanted.empty() ? "(" : " AND (") + expression + ")";
    }
    return out;
}

} // namespace

base::result<search_words> parse_search_words(std::string_view text, base::wall_time now,
                                              const saved_searches& saved)
{
    const auto whole = read_search(text, now, saved);
    if (!whole) return base::fail(whole.error());
    search_words out = parted(*whole);
    collect_phrases(*whole, out.in_text);
    collect_names(*whole, out);
    return out;
}

} // namespace search
