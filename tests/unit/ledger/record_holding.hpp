// One holding into a ledger, for tests that have no more.
#pragma once

#include "ledger/ledger.hpp"

#include <utility>

namespace archive_tests {

inline base::result<> record_copy(ledger::ledger& book, const ledger::stored_copy& what,
                                  const ledger::content_hash& hash)
{
    const std::pair<ledger::content_hash, ledger::stored_copy> one{hash, what};
    return book.record_copies({&one, 1});
}

} // namespace archive_tests
