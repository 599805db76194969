// A ledger on the real disk beside mail in memory.
#pragma once

#include "ledger/ledger.hpp"
#include "support/kernel_disk.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"
#include "unit/ledger/kept_mail.hpp"
#include "unit/ledger/record_holding.hpp"

#include <memory>
#include <string>

namespace archive_tests {

struct account_at_hand {
    support::temporary_directory place;
    support::manual_clock clock;
    std::unique_ptr<ledger::ledger> book =
        ledger::ledger::open(support::kernel_disk(), place.path() + "/ledger.sqlite", {}, clock).value();
    kept_mail mail;

    /// Keeps a message as a fetch or an import does it.
    std::string keep(const std::string& octets)
    {
        const std::string key = mail.put(octets);
        (void)record_copy(*book, {.account = "ann", .key = key, .octets = octets.size(), .header_hash = {}},
                          ledger::hash_of(octets));
        return key;
    }
};

} // namespace archive_tests
