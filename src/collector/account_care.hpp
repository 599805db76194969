// What the ledger knows of an account, learned anew: from its mail, from its server, from another program's state.
#pragma once

#include "archive/adopt.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "collector/account_desk.hpp"
#include "collector/archive_folder.hpp"
#include "collector/indexing.hpp"
#include "exchange/foreign_state.hpp"
#include "ledger/rebuild.hpp"

#include <optional>
#include <string>

namespace collector {

/// ledger::rebuild() of the account; then its new mail is indexed. `believe_files`: a person says that changed and cut
/// files are meant to be as they are.
base::result<ledger::rebuilding> rebuild_account(archive_folder& folder, const std::string& account,
                                                 bool believe_files, const work_progress& progress,
                                                 const indexing_progress& indexing);

/// archive::adopt() in a session with the account's server.
base::result<archive::adoption> adopt_account(archive_folder& folder, const std::string& account,
                                              const work_progress& progress, base::log& log);

struct take_over_request {
    std::string file;                      ///< of the other program
    std::optional<std::string> host, user; ///< as that file names them; unset: the account's
};

/// The error is one of the file: `malformed` where it is no program's state.
base::result<exchange::foreign_state> read_state_file(archive_folder& folder, const std::string& file);

/// Takes over what `state` says of the host and user. `malformed` where it has others alone.
base::result<exchange::taking_over> take_over(archive_folder& folder, account_desk& desk,
                                              const exchange::foreign_state& state,
                                              const take_over_request& request);

} // namespace collector
