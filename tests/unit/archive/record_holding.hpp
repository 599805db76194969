// One holding into a ledger, for tests that have no more.
#pragma once

#include "archive/ledger.hpp"

#include <utility>

namespace archive_tests {

inline base::result<> record_holding(archive::ledger& book, const archive::holding& what,
                                     const archive::content_hash& hash)
{
    const std::pair<archive::content_hash, archive::holding> one{hash, what};
    return book.record_holdings({&one, 1});
}

} // namespace archive_tests
