// What the server's last listing did not show of the messages that the ledger takes for being there.
//
// A listing may be distrusted, so that nothing counts as gone and nothing is deleted (plan.hpp). What would be lost
// with this disk is another question: there only what was shown is on the server.
#pragma once

#include "archive/run.hpp"
#include "base/result.hpp"
#include "ledger/ledger.hpp"

#include <set>
#include <string>

namespace archive {

/// Of one account.
class unshown_messages {
public:
    static base::result<unshown_messages> recall(ledger::ledger& book, const std::string& account);
    /// It is not known to be on the server, though it is `stored`.
    bool contains(const ledger::message_record& record) const;
    /// The ledger was made again, or agreed with its journal, and no listing came since.
    bool nothing_is_known() const { return nothing_is_known_; }

private:
    bool nothing_is_known_ = false;
    std::set<std::string, std::less<>> names_; ///< hashes of unique-ids
};

/// Notes what this session's listing and what was fetched in it leave unseen of `known.records`.
base::result<> note_unshown(const run_inputs& inputs, const run_knowledge& known, const run_session& session);
/// Notes that the listing showed all.
base::result<> note_all_shown(const run_inputs& inputs);

} // namespace archive
