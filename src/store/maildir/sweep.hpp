// House-keeping of one maildrop.
#pragma once

#include "store/maildir/backend.hpp"

namespace store::maildir {

/// Expired mail, held mail past its time, and what crashed deliveries left in tmp/; how many files went.
/// Removes nothing while the clock is not to be trusted, and expires nothing while a session has the
/// maildrop.
base::result<std::size_t> sweep_maildrop(backend& backend, folders& maildrop, const maildrop_policy& policy);

/// Removes files of `directory` that `wanted` names, that nobody is writing and nobody has written to for 36 hours; how
/// many.
base::result<std::size_t> remove_leftovers(disk::directory& directory, files_being_written& writing,
                                           base::wall_time now,
                                           const std::function<bool(std::string_view)>& wanted);
/// In tmp/ that is each file that does not begin with a dot.
bool is_leftover(std::string_view name);

} // namespace store::maildir
