// What account add looks at before it asks anyone for anything.
#include "cli/restante/commands.hpp"
#include "collector/archive_folder.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>

using namespace cli::restante;

TEST(account_add, a_taken_name_is_told_before_anyone_is_asked_for_a_password)
{
    const support::temporary_directory scratch;
    auto made = collector::archive_folder::make(scratch / "archive", {}, "", {});
    ASSERT_TRUE(made) << made.error().operator_text;
    config::account_configuration work;
    work.archive.name = "work";
    work.server.dial = {.host = "pop.example.org", .port = 995};
    work.server.sign_in.user = "ann";
    ASSERT_TRUE((*made)->save_account(work, false));
    account_wish wish;
    wish.name = "work";
    wish.server = "127.0.0.1:1";
    wish.password_command = "touch " + (scratch / "asked") + "; exit 1";
    style how;
    how.archive = scratch / "archive";
    EXPECT_EQ(account_add(how, wish), 73);
    EXPECT_FALSE(std::filesystem::exists(scratch / "asked"));
}
