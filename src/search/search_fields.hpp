// What may stand before a colon in a search.
#pragma once

#include "search/search_words.hpp"

#include <optional>

namespace search {

struct search_field {
    std::string_view name;   ///< "from:"
    std::string_view column; ///< of `words`, as FTS5 names one or several; empty: a value of a row follows
    std::string_view takes;  ///< for people: what may follow
    /// The condition that a value means; nothing where it means none. Null where the value names a saved search.
    std::optional<search_conditions> (*row_of)(const std::string& value, base::wall_time now) = nullptr;
};

/// The field whose name `text` begins with, in any case; null where there is none.
const search_field* search_field_at(std::string_view text);

/// `malformed`: names the place in the query and what is expected there.
base::error search_trouble(std::string_view query, std::size_t at, const std::string& expected);

} // namespace search
