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

} // namespace search
