// What a person typed to search for, made into conditions of SQL and FTS5 that are never wrong.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace search {

/// Words that stand one behind the other, as word_splitter.hpp folds them.
struct searched_phrase {
    std::vector<std::string> words;
    bool prefix = false; ///< the last may go on
};

/// Conditions on a row of `messages` of the index, and what to bind to their parameters, in step.
struct search_conditions {
    std::string sql; ///< empty: none
    std::vector<std::variant<std::int64_t, std::string>> values;
};

/// A message is found where both hold; either may be empty.
struct search_words {
    std::string wanted;                   ///< an FTS5 expression over the columns of `words`
    search_conditions others;             ///< all that is no word, or is to be absent
    std::vector<searched_phrase> in_text; ///< what is wanted and may stand in the text: for excerpt.hpp
    std::vector<std::string> accounts;    ///< that the search names, wanted or not
    std::vector<std::string> folders;     ///< the same
};

/// Searches that a person keeps, by name.
using saved_searches = std::map<std::string, std::string, std::less<>>;

/// The language of a search (docs/search.md): words, "phrases" and prefix*; AND, which may be left out, OR, NOT or
/// -, brackets; from: to: (Cc too) cc: subject: body: attachment: before a word or brackets; folder: account: date:
/// before: after: since: is: has: tag: thread: larger: smaller: before a value; saved: before the name
/// of one of `saved`. Signs alone are nothing. Relative times are
/// those before `now`. `malformed`, with a text that names the place and what is expected there, where it cannot be
/// read, and above 50 words, 20 brackets in brackets, 5 saved searches in saved searches or 4096
/// octets.
base::result<search_words> parse_search_words(std::string_view text, base::wall_time now,
                                              const saved_searches& saved = {});

} // namespace search
