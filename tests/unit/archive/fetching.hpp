// A test's account, with a run of it at hand.
#pragma once

#include "archive/fetch.hpp"
#include "unit/archive/fetch_fixture.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace archive_tests {

using namespace archive;

class fetching : public testing::Test {
protected:
    fetch_report run(fetch_wish wish = {})
    {
        auto told = try_run(wish);
        EXPECT_TRUE(told) << told.error().operator_text;
        if (!told) return {};
        EXPECT_TRUE(told->sums_agree());
        return *told;
    }
    base::result<fetch_report> try_run(fetch_wish wish = {})
    {
        clock_.advance(std::chrono::seconds(1));
        fetch_parts parts{
            .server = server_,
            .mail = *at_.mail,
            .second_copy = second_.get(),
            .other = [this](std::string_view account) { return account == "other" ? other_.get() : nullptr; },
            .book = *at_.book,
            .clock = clock_,
            .log = at_.log,
            .stop = &stop_};
        if (scans_) parts.scanner = &scanner_;
        if (targets_) parts.targets = {&target_};
        parts.confirm = confirm_;
        return fetch(account_, parts, wish);
    }
    ledger::message_record of(const std::string& id)
    {
        auto found = at_.book->find("me", id).value();
        return found.value_or(ledger::message_record{});
    }
    std::unique_ptr<store::collection> open(const std::string& path)
    {
        return store::maildir::open_collection(disk_, path, clock_, at_.random, at_.log, "restante").value();
    }
    void put(int count, const std::string& prefix = "u")
    {
        for (int i = 0; i != count; ++i)
            server_.put(prefix + std::to_string(i), support::letter("letter " + prefix + std::to_string(i)));
    }

    support::manual_clock clock_;
    support::simulated_disk disk_{clock_};
    support::temporary_directory folder_;
    support::collector at_{disk_, folder_.path() + "/ledger", clock_, 1};
    std::unique_ptr<store::collection> second_;
    std::unique_ptr<store::collection> other_;
    support::fake_server server_;
    account_settings account_{.name = "me"};
    support::word_scanner scanner_;
    support::recording_target target_;
    bool scans_ = false, targets_ = false;
    std::function<bool(const deletion_plan&)> confirm_;
    std::atomic<bool> stop_ = false;
};

} // namespace archive_tests
