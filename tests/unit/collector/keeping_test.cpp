// What the archive is mended by: a second copy, its own mail, what other programs remember.
#include "collector/account_care.hpp"
#include "collector/explaining.hpp"
#include "collector/passphrase.hpp"
#include "collector/restoring.hpp"
#include "collector/second_copies.hpp"
#include "collector/verifying.hpp"
#include "unit/collector/archive_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

using namespace collector;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

class keeping : public collector_test::archive_fixture {
protected:
    void name_copy(archive_folder& of)
    {
        auto account = folder->account("work");
        ASSERT_TRUE(account);
        account->archive.second_copy = scratch / "copy";
        account->second_copy_same_disk = true;
        ASSERT_TRUE(of.save_account(*account, &of == folder.get()));
    }

    /// The account gets a second copy, and all its mail lies there.
    void copy_all()
    {
        name_copy(*folder);
        const auto begun = begin_named_second_copy(*folder, scratch / "copy", false);
        ASSERT_TRUE(begun) << begun.error().operator_text;
        ASSERT_TRUE(rebuild_account(*folder, "work", false, {}, {}));
        const auto verdict = verify_account(*folder, {.account = "work", .repair = true});
        ASSERT_TRUE(verdict) << verdict.error().operator_text;
        ASSERT_TRUE(verdict->copy.found);
        ASSERT_EQ(verdict->copy.found->copied, 1U);
    }

    void lose_the_message() { ASSERT_TRUE(mail->remove(key)); }

    base::null_log log;
};

} // namespace

TEST_F(keeping, a_lost_message_comes_back_from_the_second_copy)
{
    copy_all();
    lose_the_message();
    std::set<std::string> doings;
    const auto restored = restore_account(
        *folder, "work", {}, [&](auto, auto, std::string_view doing) { doings.emplace(doing); }, log);
    ASSERT_TRUE(restored) << restored.error().operator_text;
    EXPECT_EQ(restored->done.restored, 1U);
    EXPECT_THAT(restored->done.left, IsEmpty());
    EXPECT_TRUE(doings.contains("restoring"));
}

TEST_F(keeping, a_message_that_no_account_knows_is_not_restored)
{
    const auto restored = restore_account(*folder, "work", {.messages = {"nonsense"}}, {}, log);
    ASSERT_TRUE(restored) << restored.error().operator_text;
    EXPECT_FALSE(restored->knows_message);
    EXPECT_EQ(restored->done.restored, 0U);
}

TEST_F(keeping, an_account_without_a_second_copy_has_none_to_restore_from)
{
    const auto restored = restore_account(*folder, "work", {.messages = {}, .full = true}, {}, log);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().kind, base::failure::vanished);
    EXPECT_THAT(restored.error().operator_text, HasSubstr("--from-server"));
}

TEST_F(keeping, an_account_made_again_is_hashed_and_indexed)
{
    store("Subject: cake\r\n\r\non Sunday\r\n");
    std::set<std::string> doings;
    const auto done = rebuild_account(*folder, "work", false,
                                      [&](auto, auto, std::string_view doing) { doings.emplace(doing); }, {});
    ASSERT_TRUE(done) << done.error().operator_text;
    EXPECT_EQ(done->messages, 2U);
    EXPECT_EQ(done->hashed, 2U);
    EXPECT_THAT(doings, testing::ElementsAre("hashing"));
    EXPECT_TRUE(*index->find(2));
}

TEST_F(keeping, what_another_program_fetched_is_taken_over_for_its_host_and_user)
{
    support::write(scratch / "fetchids", "ann@pop.example.org uid-8\nann@pop.example.org uid-9\n");
    const auto state = read_state_file(*folder, scratch / "fetchids");
    ASSERT_TRUE(state) << state.error().operator_text;
    auto desk = open_desk(*folder, "work");
    ASSERT_TRUE(desk) << desk.error().operator_text;
    const take_over_request of_bea{.file = "fetchids", .host = {}, .user = "bea"};
    const auto refused = take_over(*folder, *desk, *state, of_bea);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::failure::malformed);
    EXPECT_THAT(refused.error().operator_text, HasSubstr("ann@pop.example.org among others"));
    const auto done = take_over(*folder, *desk, *state, {.file = "fetchids", .host = {}, .user = {}});
    ASSERT_TRUE(done) << done.error().operator_text;
    EXPECT_EQ(done->taken_over, 2U);
    EXPECT_EQ(read_state_file(*folder, scratch / "nowhere").error().kind, base::failure::vanished);
}

TEST_F(keeping, an_explanation_says_what_happened_and_where_the_message_is)
{
    auto stored = (*folder->ledger())->find("work", "uid-1");
    ASSERT_TRUE(stored && *stored);
    (*stored)->hash = ledger::hash_kept(*mail, "work", key)->first;
    ASSERT_TRUE((*folder->ledger())->record(std::array{**stored}));
    std::vector<std::string> here;
    const auto keep = [&](const explanation& found) {
        EXPECT_EQ(found.record.unique_id, "uid-1");
        EXPECT_FALSE(found.events.empty());
        EXPECT_TRUE(found.is_copy_away) << "it has none";
        here.push_back(found.here_now);
    };
    for (const std::string message : {"uid-1", "1"}) {
        const auto count = explain(*folder, {.message = message, .account = {}}, {}, keep);
        ASSERT_TRUE(count) << count.error().operator_text;
        EXPECT_EQ(*count, 1U);
    }
    lose_the_message();
    ASSERT_TRUE(explain(*folder, {.message = "uid-1", .account = {}}, {}, keep));
    EXPECT_THAT(here, testing::ElementsAre("the file has these octets", "the file has these octets",
                                           testing::StartsWith("THE FILE IS MISSING")));
    EXPECT_EQ(explain(*folder, {.message = "99", .account = {}}, {}, keep).error().kind,
              base::failure::vanished);
}

TEST_F(keeping, a_message_that_was_imported_has_no_explanation)
{
    store("Subject: cake\r\n\r\non Sunday\r\n");
    ASSERT_TRUE(rebuild_account(*folder, "work", false, {}, {}));
    const auto count = explain(*folder, {.message = "2", .account = {}}, {},
                               [](const explanation&) { ADD_FAILURE() << "no server gave it a name"; });
    ASSERT_TRUE(count) << count.error().operator_text;
    EXPECT_EQ(*count, 0U);
}

TEST_F(keeping, a_second_copy_is_begun_where_the_configuration_names_it_and_no_run_is_under_way)
{
    const std::string copy = scratch / "copy";
    EXPECT_FALSE(begin_named_second_copy(*folder, copy, false)) << "it lies on the disk of the mail";
    name_copy(*folder);
    auto running = folder->lock("work");
    ASSERT_TRUE(running);
    EXPECT_EQ(begin_named_second_copy(*folder, copy, false).error().kind, base::failure::in_use);
    running->reset();
    for (const bool before : {false, true}) {
        const auto begun = begin_named_second_copy(*folder, copy, false);
        ASSERT_TRUE(begun) << begun.error().operator_text;
        EXPECT_TRUE(begun->is_named);
        EXPECT_EQ(begun->before, before);
    }
}

TEST_F(keeping, another_passphrase_goes_along_into_each_second_copy_that_is_there)
{
    config::archive_configuration encrypted;
    encrypted.encrypted = true;
    const auto sealed = archive_folder::make(scratch / "sealed", encrypted, "first", {});
    ASSERT_TRUE(sealed) << sealed.error().operator_text;
    name_copy(**sealed);
    ASSERT_TRUE(begin_named_second_copy(**sealed, scratch / "copy", false));
    auto home = *(*sealed)->account("work");
    home.archive.name = "home";
    home.archive.second_copy = scratch / "away";
    ASSERT_TRUE((*sealed)->save_account(home, false));
    const auto away = change_passphrase(**sealed, "second");
    ASSERT_TRUE(away) << away.error().operator_text;
    EXPECT_THAT(*away, testing::ElementsAre(scratch / "away"));
    const auto beside = read_key_file(scratch / "copy/restante-second-copy-key");
    ASSERT_TRUE(beside) << beside.error().operator_text;
    EXPECT_EQ(*beside, *(*sealed)->key_file());
}
