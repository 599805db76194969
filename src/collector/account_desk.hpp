// What an account's command works with.
#pragma once

#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace collector {

struct account_desk {
    config::account_configuration account;
    std::unique_ptr<disk::lock> lock;
    std::unique_ptr<ledger::ledger> book;
    std::unique_ptr<store::collection> mail;
};

/// How far the work on an account is: `done` of `total`, and what is done to them.
using work_progress = std::function<void(std::uint64_t done, std::uint64_t total, std::string_view doing)>;

/// Locks the account and opens its parts; a damaged ledger is made again, and a person hears so.
base::result<account_desk> open_desk(archive_folder& folder, const std::string& account);

} // namespace collector
