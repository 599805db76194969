// Whether what the ledger holds is still what lies there: asked before octets that came again are thrown away.
#pragma once

#include "base/result.hpp"
#include "ledger/content_hash.hpp"
#include "store/collection.hpp"

#include <string>
#include <vector>

namespace ledger {

/// SHA-256 of a kept message, read from its place again.
base::result<content_hash> read_and_hash(store::collection& mail, std::string_view key);

enum class copy_state {
    good,    ///< its file was read just now, and has these octets
    gone,    ///< it is in no folder
    damaged, ///< its file has other octets, or, in an encrypted archive, none that can be opened
};
/// An error where the disk does not give the file: it may be good, and where another one is stored, it would be here
/// twice.
base::result<copy_state> state_of_copy(store::collection& mail, const std::string& key,
                                       const content_hash& hash);

/// Copies of one content that are not good any more, by key.
struct lost_copies {
    std::vector<std::string> gone, damaged;

    /// Notes the copy under `key` where it is lost.
    void add(const std::string& key, copy_state state);
    bool any() const { return !gone.empty() || !damaged.empty(); }
};

/// Where its octets shall lie when they came again: as its damaged file does, for a person may have put that there.
/// `placement` where there is none.
store::placement place_of_damaged(store::collection& mail, const lost_copies& lost,
                                  const store::placement& placement);

} // namespace ledger
