// The messages in which words are found, where they are many.
#pragma once

#include "ledger/database.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace search {

/// A bit for each number of a message. SQLite would make a table of the hits, for each question once more.
class word_hits {
public:
    /// Looks for `wanted`, an FTS5 expression, in `words`. Numbers of messages that are gone may be among the hits.
    base::result<> find(ledger::database& file, const std::string& wanted);
    bool are_of(std::string_view wanted) const { return wanted_ == wanted; }
    bool contains(std::int64_t number) const;

    /// SQL has `is_hit(number)` from here on: whether the last find() found it. `this` must outlive the statements.
    base::result<> make_known(ledger::database& file);

private:
    std::string wanted_;
    std::vector<bool> bits_; ///< by number
};

} // namespace search
