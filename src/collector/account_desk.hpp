// What an account's command works with.
#pragma once

#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <memory>
#include <string>

namespace collector {

struct account_desk {
    config::account_configuration account;
    std::unique_ptr<disk::lock> lock;
    std::unique_ptr<ledger::ledger> book;
    std::unique_ptr<store::collection> mail;
};

/// Locks the account and opens its parts; a damaged ledger is made again, and a person hears so.
base::result<account_desk> open_desk(archive_folder& folder, const std::string& account);

} // namespace collector
