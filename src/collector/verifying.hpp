// An account's mail and its second copy, read to the last octet.
#pragma once

#include "archive/second_copy.hpp"
#include "base/result.hpp"
#include "collector/account_desk.hpp"
#include "collector/archive_folder.hpp"
#include "ledger/verify.hpp"

#include <optional>
#include <string>
#include <vector>

namespace collector {

struct verify_request {
    std::string account;
    bool repair = false; ///< enter into the ledger what is known, copy what lacks, put damaged copies aside
    work_progress progress{};
};

/// What was found of the second copy.
struct copy_verdict {
    std::string path;                                  ///< of the account's copies
    std::optional<base::error> unusable{};             ///< why it could not be looked at
    std::optional<archive::copy_verification> found{}; ///< none where there is none, or where it is unusable
    std::vector<ledger::difference> put_aside{}; ///< damaged files, of whose messages good copies are there
};

struct account_verdict {
    ledger::verification mail;
    copy_verdict copy;
    std::optional<base::error> not_noted; ///< why the ledger does not know of this verification
};

/// `in_use` where a run has the account.
base::result<account_verdict> verify_account(archive_folder& folder, const verify_request& request);

} // namespace collector
