// A ledger on the real disk that each test opens as often as it likes, beside the journal of "ann".
#pragma once

#include "ledger/ledger.hpp"
#include "support/kernel_disk.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace archive_tests {

class ledger_fixture : public testing::Test {
protected:
    std::unique_ptr<ledger::ledger> open() const
    {
        auto opened = ledger::ledger::open(support::kernel_disk(), path(), std::nullopt, clock_);
        if (!opened) throw std::runtime_error(opened.error().operator_text);
        return std::move(*opened);
    }
    std::string path() const { return folder_ / "ledger"; }
    std::string journal_path() const { return folder_ / "ann.uids"; }

    /// A message of "ann" that was stored just now, and no more.
    ledger::message_record stored(std::string unique_id, std::string_view content, std::string key) const
    {
        ledger::message_record one;
        one.account = "ann";
        one.unique_id = std::move(unique_id);
        one.stage = ledger::stage::stored;
        one.hash = ledger::hash_of(content);
        one.key = std::move(key);
        one.octets = content.size();
        one.stored_at = one.first_listed = clock_.now();
        return one;
    }

    support::manual_clock clock_;
    support::temporary_directory folder_;
};

} // namespace archive_tests
