// What other mail programs did with kept messages: moved or renamed, a message is found again by its content.
#pragma once

#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ledger {

/// The record has its content under this key from now on, durably; what was known of its old place is forgotten.
base::result<> move_record(ledger& book, message_record& moved, const std::string& key);

/// Of contents that lie where these copies say: records with them whose file is gone, or that had none, have it there
/// from now on, and then other copies of them in that account whose file is gone are forgotten. How many messages
/// were found again.
base::result<std::uint64_t> follow_moved(ledger& book, store::collection& mail,
                                         const std::vector<held_content>& found);

/// Where the account holds this content besides under `key`, as far as the ledger knows; it was read there.
base::result<std::optional<stored_copy>> other_place(ledger& book, const std::string& account,
                                                     store::collection& mail, const content_hash& hash,
                                                     const std::string& key);

/// follow_moved() of all whose file is gone, these keys, and that have another place.
base::result<std::uint64_t> follow_missing(ledger& book, const std::string& account, store::collection& mail,
                                           const std::set<std::string>& missing);

} // namespace ledger
