// Messages that are in the archive and not in its ledger: what a crash between the two left, or an old ledger does
// not know.
#pragma once

#include "archive/ledger.hpp"
#include "base/result.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace archive {

/// How mail and ledger differ by their names alone.
struct mail_look {
    std::vector<std::string> strays; ///< there, and in no holding
    std::set<std::string> missing;   ///< in a holding, and not there
};
base::result<mail_look> look_at_mail(ledger& book, const std::string& account, store::collection& mail);

/// Reads and hashes every message of the collection that no holding names, and records it as one: how many. The next
/// fetch of the same octets then finds them here, and lives whose file is gone are moved to them. What cannot be read
/// stays a stray.
base::result<std::uint64_t> adopt_strays(ledger& book, const std::string& account, store::collection& mail);
/// The same of those that look_at_mail() found.
base::result<std::uint64_t> adopt_strays(ledger& book, const std::string& account, store::collection& mail,
                                         const std::vector<std::string>& strays);

} // namespace archive
