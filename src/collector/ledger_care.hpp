// A ledger that is damaged or lost is made again before anyone relies on it.
#pragma once

#include "collector/archive_folder.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace collector {

/// Opens the ledger; a damaged one is put aside and made again from the journals, from what can be read of it and from
/// the mail, which is read where no journal tells of it. The person hears so.
base::result<std::unique_ptr<ledger::ledger>> open_or_replace_ledger(archive_folder& folder);

/// The same before runs that open it for themselves; does nothing where the last user left it sound.
base::result<> care_for_ledger(archive_folder& folder);

/// Where the account's mail is there and the ledger knows none of it, hashes it all, so that nothing is stored twice.
base::result<> rebuild_where_lost(ledger::ledger& book, const std::string& account, store::collection& mail,
                                  const std::function<void(const std::string&)>& tell,
                                  const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                                  const std::atomic<bool>* stop);

} // namespace collector
