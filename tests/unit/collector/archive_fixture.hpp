// An archive on the real disk with one account, "work", and one message of it in ledger and index.
#pragma once

#include "collector/archive_folder.hpp"
#include "search/index.hpp"
#include "store/collection.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace collector_test {

class archive_fixture : public testing::Test {
protected:
    void SetUp() override
    {
        auto made = collector::archive_folder::make(scratch / "archive", {}, "", {});
        ASSERT_TRUE(made) << made.error().operator_text;
        folder = std::move(*made);
        config::account_configuration work;
        work.archive.name = "work";
        work.server.dial = {.host = "pop.example.org", .port = 995};
        work.server.sign_in.user = "ann";
        ASSERT_TRUE(folder->save_account(work, false));
        mail = std::move(*folder->mail("work"));
        key = store("Subject: tea\r\n\r\non Friday\r\n");
        ledger::message_record record{
            .account = "work", .unique_id = "uid-1", .stage = ledger::stage::stored};
        record.key = key;
        auto book = folder->ledger();
        ASSERT_TRUE(book);
        ASSERT_TRUE((*book)->record(std::array{record}));
        index = std::move(*folder->index());
        ASSERT_TRUE(index->catch_up("work", *mail, [](auto, auto) {}, nullptr));
    }

    std::string store(const std::string& octets)
    {
        auto one = mail->begin_addition();
        EXPECT_TRUE(one && (*one)->write(octets));
        std::vector<store::collection::publication> group;
        group.push_back({std::move(*one), {}});
        return *mail->publish(std::move(group)).front();
    }

    support::temporary_directory scratch;
    std::unique_ptr<collector::archive_folder> folder;
    std::unique_ptr<store::collection> mail;
    std::unique_ptr<search::index> index;
    std::string key;
};

} // namespace collector_test
