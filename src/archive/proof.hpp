// Is what the server has under a unique-id still what was stored under it?
#pragma once

#include "archive/run.hpp"

#include <vector>

namespace archive {

/// Leaves in `those` what was fetched in this very session, or whose header section (TOP) or whole octets (RETR) are
/// still
/// the stored ones. Servers reuse unique-ids; a size proves nothing. What is another message now is noted as such, and
/// fetched by the next session or run.
run_step keep_proved(run& of, run_session& in, std::vector<const planned_message*>& those);

/// Asks TOP about what the plan doubts, and plans to fetch what is not the same, or cannot be told.
run_step settle_doubts(run& of, run_session& in);

/// Asks TOP where the rules need a header section before the download, and plans by them.
run_step apply_rules(run& of, run_session& in);

} // namespace archive
