// The tables of the ledger (docs/formats.md).
#pragma once

#include "base/result.hpp"
#include "ledger/database.hpp"

namespace ledger {

/// Makes the tables in a new file; sees that those of an old one are ours. `malformed` where they are not; `refused`
/// where a later version of this program made them.
base::result<> prepare_ledger_schema(database& file);

} // namespace ledger
