// The reader of a search: from text to a tree.
#pragma once

#include "search/search_words.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace search {

/// A part of a search. Nothing at all, an `all` without parts, holds of every message.
struct search_part {
    enum class kind {
        word, ///< of FTS5
        row,  ///< of the table
        all,
        any,
        none, ///< has one part, which must not hold
    };
    kind what = kind::all;
    std::string expression{};            ///< of a word
    search_conditions row{};             ///< of a row
    std::string account{};               ///< that the row names
    std::optional<std::string> folder{}; ///< the same; "" is the main one
    searched_phrase phrase{};            ///< of a word that may stand in the text
    std::vector<search_part> parts{};
};

/// As parse_search_words().
base::result<search_part> read_search(std::string_view text, base::wall_time now,
                                      const saved_searches& saved);

// What may stand before a colon in a search.

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
base::error search_trouble(std::string_view query, std::size_t offset, const std::string& expected);

} // namespace search
