// What a person typed to search for, made into FTS5 expressions that are never wrong.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace archive {

/// Words that stand one behind the other, as word_splitter.hpp folds them.
struct searched_phrase {
    std::vector<std::string> words;
    bool prefix = false; ///< the last may go on
};

/// Either may be empty: no condition. A message is found where `wanted` matches and `unwanted` does not.
struct search_words {
    std::string wanted;                   ///< an FTS5 expression over the columns of the index
    std::string unwanted;                 ///< the same, any of whose words shuts a message out
    std::vector<searched_phrase> in_text; ///< what is wanted and may stand in the text: for excerpt.hpp
};

/// Words that must all be there, in any order and place: `word`, `wor*`, `"a phrase"`; `-` before one: must not be
/// there; `from:`, `to:` (Cc too), `cc:`, `subject:`, `attachment:`, `body:` before one: there only. Anything else is
/// text to be found, so that no input can be a wrong expression. `malformed`, with a text that says how it may look,
/// where a field has no word, or where there are more than 50 words or 4096 octets.
base::result<search_words> parse_search_words(std::string_view text);

} // namespace archive
