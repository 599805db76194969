// What an account's command works with, and the same work for each account.
#pragma once

#include "base/result.hpp"
#include "cli/collector/archive_folder.hpp"
#include "cli/collector/commands.hpp"
#include "cli/collector/progress_display.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cli::collector {

struct account_desk {
    config::account_configuration account;
    std::unique_ptr<disk::lock> lock;
    std::unique_ptr<ledger::ledger> book;
    std::unique_ptr<store::collection> mail;
};

/// Locks the account and opens its parts; a damaged ledger is made again, and a person hears so.
base::result<account_desk> open_desk(archive_folder& folder, const std::string& account);

/// Works on each account that was named, or on all; what goes wrong with one does not hinder the others. The worst
/// exit code.
int for_each_account(
    const style& how, const std::vector<std::string>& named,
    const std::function<int(archive_folder&, const std::string&, progress_display&, std::size_t)>& work);

} // namespace cli::collector
