// The words of word_splitter.hpp for FTS5.
#pragma once

#include "ledger/database.hpp"

namespace search {

/// The name that the index's tables know it by.
constexpr const char* tokenizer_name = "restante";

/// Makes it known to this connection; before a table that names it is used.
base::result<> register_tokenizer(ledger::database& file);

} // namespace search
