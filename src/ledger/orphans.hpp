// Messages that are in the archive and not in its ledger: what a crash between the two left, or an old ledger does
// not know.
#pragma once

#include "base/result.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ledger {

/// How mail and ledger differ by their names alone.
struct mail_look {
    std::vector<std::string> orphans; ///< there, and in no stored copy
    std::set<std::string> missing;    ///< in a stored copy, and not there
};
base::result<mail_look> look_at_mail(ledger& book, const std::string& account, store::collection& mail);

/// What adopt_orphans() did.
struct orphan_adoption {
    std::uint64_t entered = 0; ///< orphans that are copies now
    std::uint64_t moved = 0;   ///< messages whose file was gone, and that were found under another key
};

/// Reads and hashes every message of the collection that no stored copy names, and records it as one. The next fetch of
/// the same octets then finds them here. What is missing and lies under another key is held there from then on, with
/// its records (moved_copies.hpp). What cannot be read stays an orphan.
base::result<orphan_adoption> adopt_orphans(ledger& book, const std::string& account,
                                            store::collection& mail);
/// The same of what look_at_mail() found.
base::result<orphan_adoption> adopt_orphans(ledger& book, const std::string& account, store::collection& mail,
                                            const mail_look& look);

/// Under which other key these octets lie, whether the ledger has it or not; reads what no stored copy names.
base::result<std::optional<std::string>> find_moved(ledger& book, const std::string& account,
                                                    store::collection& mail, const content_hash& hash,
                                                    const std::string& key);

} // namespace ledger
