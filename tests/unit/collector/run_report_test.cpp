// What a run's account means for the next run, and in a sentence.
#include "collector/run_report.hpp"

#include <gtest/gtest.h>

using namespace collector;

TEST(run_report, what_passes_by_itself_is_temporary_and_what_is_well_is_not)
{
    archive::fetch_report account;
    account.account = "work";
    account.listed = true;
    EXPECT_FALSE(is_temporary(account));
    account.deletion_unknown = 1;
    EXPECT_TRUE(is_temporary(account)) << "the next run will tell";
    account.deletion_unknown = 0;
    account.trouble = "work: the password is wrong";
    EXPECT_FALSE(is_temporary(account));
    account.temporary = true;
    EXPECT_TRUE(is_temporary(account));
    EXPECT_EQ(summary_of(account), "the password is wrong") << "whoever says it names the account";
}
