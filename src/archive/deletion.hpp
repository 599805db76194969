// What goes from the server in one session: permitted, guarded, proved, noted, asked for, confirmed.
#pragma once

#include "archive/run.hpp"

#include <vector>

namespace archive {

/// Marks on the server what may go: retention → guard → each kept message re-read and re-hashed, and its second copy →
/// the server's message proved to be the same → ledger `delete_asked` → DELE. What was accepted is in `in.asked`.
run_step ask_for_deletions(run& current, run_session& session);

/// Sends QUIT and notes what its answer means: confirmed: deleted; else the next listing decides.
run_step quit_session(run& current, run_session& session);

/// The messages of this listing that could go by the policy, and why, if all that shall be fetched were stored now.
std::vector<exception_entry> prospects(const run& current, const run_session& session);

/// Notes for a dry run those whose kept copies are good, and warns where the guard would ask. Asks TOP where the
/// messages' own dates count. Whether the server's messages are still the same is found out by a run alone.
run_step announce_deletions(run& current, run_session& session);

} // namespace archive
