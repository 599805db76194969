// The words around the first hit of a search.
#pragma once

#include "search/search_words.hpp"

#include <span>
#include <string>
#include <string_view>

namespace search {

/// One line of `text` around the place where one of the phrases stands, with "…" where text is left out; the beginning
/// where none stands there.
std::string excerpt_of(std::string_view text, std::span<const searched_phrase> phrases);

} // namespace search
