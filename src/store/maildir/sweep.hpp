// House-keeping of one maildrop.
#pragma once

#include "store/maildir/backend.hpp"

namespace store::maildir {

/// Expired mail, held mail past its time, and what crashed deliveries left in tmp/; how many files went.
/// Removes nothing while the clock is not to be trusted, and expires nothing while a session has the
/// maildrop.
base::result<std::size_t> sweep_maildrop(backend& with, folders& in, const maildrop_policy& policy);

} // namespace store::maildir
