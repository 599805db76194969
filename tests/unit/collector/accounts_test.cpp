// Accounts added and removed without a terminal.
#include "collector/accounts.hpp"
#include "unit/collector/archive_fixture.hpp"

#include <gtest/gtest.h>

#include <filesystem>

using namespace collector;

namespace {

class accounts : public collector_test::archive_fixture {
protected:
    account_request request(const std::string& name) const
    {
        account_request out;
        out.account.archive.name = name;
        out.account.server.dial = {.host = "127.0.0.1", .port = 1};
        out.account.server.sign_in.user = "ann";
        out.account.secret = {config::secret_source::kind::command, "echo secret"};
        out.allowing_same_disk = "say so";
        return out;
    }

    base::null_log log;
};

} // namespace

TEST_F(accounts, one_whose_server_is_away_is_written_all_the_same)
{
    const auto added = add_account(*folder, request("home"), log);
    ASSERT_TRUE(added) << added.error().operator_text;
    ASSERT_TRUE(added->not_signed_in);
    EXPECT_TRUE(added->not_signed_in->temporary);
    EXPECT_TRUE(added->is_written());
    EXPECT_TRUE(folder->account("home"));
    EXPECT_TRUE(std::filesystem::is_directory(scratch / "archive/home/cur"));
}

TEST_F(accounts, one_that_could_never_sign_in_is_not_written)
{
    auto wrong = request("home");
    wrong.account.trust_files.ca = scratch / "nowhere.pem";
    const auto added = add_account(*folder, wrong, log);
    ASSERT_TRUE(added) << added.error().operator_text;
    ASSERT_TRUE(added->not_signed_in);
    EXPECT_FALSE(added->not_signed_in->temporary);
    EXPECT_FALSE(added->is_written());
    EXPECT_EQ(folder->account("home").error().kind, base::failure::unknown_user);
}

TEST_F(accounts, a_taken_name_is_refused_before_anyone_is_asked)
{
    auto taken = request("work");
    taken.account.secret = {config::secret_source::kind::keyring, ""};
    EXPECT_EQ(add_account(*folder, taken, log).error().kind, base::failure::exists);
    taken.account.archive.name = "home";
    EXPECT_EQ(add_account(*folder, taken, log).error().kind, base::failure::refused) << "nobody is there";
}

TEST_F(accounts, a_second_copy_on_the_disk_of_the_archive_is_refused_with_the_way_to_allow_it)
{
    auto copied = request("home");
    copied.signs_in = false;
    copied.account.archive.second_copy = scratch / "copy";
    const auto refused = add_account(*folder, copied, log);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().operator_text.find("say so"), std::string::npos)
        << refused.error().operator_text;
    copied.account.second_copy_same_disk = true;
    const auto added = add_account(*folder, copied, log);
    ASSERT_TRUE(added) << added.error().operator_text;
    EXPECT_TRUE(added->is_written());
    EXPECT_FALSE(added->abilities || added->not_signed_in);
}

TEST_F(accounts, one_that_is_removed_leaves_its_mail)
{
    ASSERT_TRUE(folder->save_account(request("home").account, false));
    const auto removed = remove_account(*folder, "home");
    ASSERT_TRUE(removed) << removed.error().operator_text;
    EXPECT_FALSE(removed->has_mail);
    EXPECT_FALSE(removed->is_keyring_unknown || removed->password_stays);
    EXPECT_EQ(remove_account(*folder, "home").error().kind, base::failure::unknown_user);
}
