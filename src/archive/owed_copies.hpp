// What a run could not put into the second copy, the next one tries again; as long as that fails, no run is well.
#pragma once

#include "archive/run.hpp"
#include "base/result.hpp"

namespace archive {

/// Copies what earlier runs could not, before anything comes; what cannot be copied now either is one of
/// `run::uncopied`. Nothing in a dry run, or where the account has no second copy.
base::result<> copy_what_is_owed(run& current);

/// What this run could not copy is remembered, durably.
base::result<> note_what_is_owed(const run& current);

} // namespace archive
