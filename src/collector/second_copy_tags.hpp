// Tags go along into the second copy, and come back from it.
#pragma once

#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "config/account_configuration.hpp"
#include "ledger/ledger.hpp"

#include <functional>
#include <string>

namespace collector {

/// When a ledger meets a second copy for the first time, what is tagged there and not here becomes tagged here, also
/// contents that are still to come: before anything is written there.
base::result<> take_in_tags(archive_folder& folder, const std::string& account, ledger::ledger& book,
                            const std::string& path);

/// The account's tags, into the file restante-tags of its second copy; sealed where the archive is. Where that fails,
/// `tell` hears of it, and the mail goes on: the next run or verify tries again.
void put_out_tags(archive_folder& folder, const config::account_configuration& account, ledger::ledger& book,
                  const std::function<void(const std::string&)>& tell);

} // namespace collector
