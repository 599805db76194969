// What other mail programs did with kept messages: moved or renamed, a message is found again by its content.
#pragma once

#include "archive/ledger.hpp"
#include "archive/run.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace archive {

/// Of contents that lie where these holdings say: lives with them whose file is gone, or that had none, have it there
/// from now on, and then other holdings of them in that account whose file is gone are forgotten. How many messages
/// were found again.
base::result<std::uint64_t> follow_moved(ledger& book, store::collection& mail,
                                         const std::vector<std::pair<content_hash, holding>>& found);

/// Where the account holds this content besides under `key`, as far as the ledger knows; it was read there.
base::result<std::optional<holding>> other_place(ledger& book, const std::string& account,
                                                 store::collection& mail, const content_hash& hash,
                                                 const std::string& key);

/// follow_moved() of all whose file is gone, these keys, and that have another place.
base::result<std::uint64_t> follow_missing(ledger& book, const std::string& account, store::collection& mail,
                                           const std::set<std::string>& missing);

/// For messages whose kept file is gone, and whose octets lie nowhere else: a mail program that moves a message may put
/// fields of its own into it. The server's octets are held against what is kept and belongs to no life. Those that are
/// found again take its key, which is in no run's `missing`, and are as good as fetched in this session. What was
/// compared in vain is not fetched for it again, until other messages are missing or other files are there.
run_step find_changed_copies(run& current, run_session& session,
                             const std::vector<const planned_message*>& missing);

} // namespace archive
