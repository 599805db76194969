// An archive and a server that have never met: which of the listed messages are here already, told by their headers.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "client/maildrop.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace archive {

/// What became of the listed messages; the sum of all but `listed` is `listed`, unless it was stopped.
struct adoption {
    std::uint64_t listed = 0;
    std::uint64_t known = 0;     ///< have a record that is stored or taken over, or skipped by a rule
    std::uint64_t adopted = 0;   ///< now `stored`, not verified
    std::uint64_t unmatched = 0; ///< nothing here has this header section: a fetch brings them
    std::uint64_t ambiguous = 0; ///< more than one message, here or there, has it; or no unique-id names it
    std::uint64_t sizes_differ =
        0; ///< a message here has this header section and, by the server's word, other octets
    std::uint64_t untold = 0; ///< the server gave no header section
    bool stopped = false;
};

/// Asks for TOP n 0 of every listed message without a stored record, or with one that was only taken over from another
/// program (foreign_state.hpp), and where exactly one content of the account has that header section (header_hash.hpp)
/// records the record as `stored`, not `verified` and `adopted`: before a deletion it is read again here, and fetched
/// once more to be compared. Where none has that very header section, one counts that has it but for fields that
/// another program put into its copy (added_fields.hpp). A server that counts octets exactly (most of its matches
/// agree) must agree for each; of one that counts line ends as one octet, each message may be as much smaller. What is
/// left alone costs a download and no second copy: its hash is known. `refused` where the server has no TOP or no
/// UIDL; else the errors of the maildrop or the ledger. Commits every hundred records; `tell` is called with (done,
/// all).
base::result<adoption> adopt(const std::string& account, client::maildrop& drop, ledger::ledger& book,
                             store::collection& mail, const base::clock& clock,
                             const std::function<void(std::uint64_t, std::uint64_t)>& tell,
                             const std::atomic<bool>* stop);

} // namespace archive
