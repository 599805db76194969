// A listing of which nothing is left to do: whoever meets it again need not look at a single record.
//
// The ledger remembers the hash of the last such listing, and forgets it with the next record that is written
// (ledger::record). So where the same one comes, it says again what the ledger said then: all of it is here.
#pragma once

#include "archive/run.hpp"
#include "client/maildrop.hpp"
#include "ledger/content_hash.hpp"

namespace archive {

/// What identifies a listing: numbers, unique-ids and sizes, in their order.
ledger::content_hash hash_of_listing(const client::maildrop_listing& listing);

/// Only where nothing is ever deleted: else time alone makes something to do.
bool may_settle(const account_settings& account);

/// At the end of a session: every message of its listing has a name of its own and is stored, in the second copy
/// too.
bool is_settled(const run& current, const run_session& session);

} // namespace archive
