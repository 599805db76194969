// One holding into a ledger, for tests that have no more.
#pragma once

#include "ledger/ledger.hpp"

#include <utility>

namespace archive_tests {

inline base::result<> record_holding(ledger::ledger& book, const ledger::holding& what,
                                     const ledger::content_hash& hash)
{
    const std::pair<ledger::content_hash, ledger::holding> one{hash, what};
    return book.record_holdings({&one, 1});
}

} // namespace archive_tests
