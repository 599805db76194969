// What the archive is mended by: a second copy, its own mail, what other programs remember.
#include "collector/restoring.hpp"
#include "collector/second_copies.hpp"
#include "collector/verifying.hpp"
#include "ledger/rebuild.hpp"
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
    /// The account gets a second copy, and all its mail lies there.
    void copy_all()
    {
        auto account = folder->account("work");
        ASSERT_TRUE(account);
        account->archive.second_copy = scratch / "copy";
        account->second_copy_same_disk = true;
        ASSERT_TRUE(folder->save_account(*account, true));
        const auto begun = begin_second_copy(*folder, {.path = scratch / "copy", .same_disk_allowed = true});
        ASSERT_TRUE(begun) << begun.error().operator_text;
        auto book = folder->ledger();
        ASSERT_TRUE(book && ledger::rebuild(**book, "work", *mail, {}));
        book->reset();
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
    const auto restored = restore_account(*folder, "work", {.messages = {}, .all = true}, {}, log);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().kind, base::failure::vanished);
    EXPECT_THAT(restored.error().operator_text, HasSubstr("--from-server"));
}
