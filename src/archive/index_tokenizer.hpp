// The words of word_splitter.hpp for FTS5.
#pragma once

#include "archive/database.hpp"

namespace archive {

/// The name that the index's tables know it by.
constexpr const char* tokenizer_name = "restante";

/// Makes it known to this connection; before a table that names it is used.
base::result<> register_tokenizer(database& file);

} // namespace archive
