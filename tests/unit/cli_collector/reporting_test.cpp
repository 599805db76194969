// What a command ends with: exit codes, the closing account as JSON and as text.
#include "cli/restante/reporting.hpp"
#include "collector/run_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

using namespace cli::restante;
using testing::HasSubstr;
using testing::Not;

namespace {

archive::fetch_report account_of_seven()
{
    archive::fetch_report out;
    out.account = "work";
    out.on_server = 7;
    out.stored = 2;
    out.stored_before = 3;
    out.skipped = {{"uid-1", "larger than 50M"}};
    out.failed = {{"uid-2", "the server refused it"}};
    out.octets_stored = 2048;
    out.warnings = {"the server is odd"};
    out.sessions = 1;
    out.seconds = 1.25;
    return out;
}

int code_of(base::failure kind, bool temporary = false)
{
    return exit_code_of(base::error{kind, temporary, "", "what happened"});
}

} // namespace

TEST(exit_codes, whatever_is_temporary_is_75)
{
    for (int kind = 0; kind <= static_cast<int>(base::failure::internal); ++kind)
        EXPECT_EQ(code_of(static_cast<base::failure>(kind), true), 75) << kind;
}

TEST(exit_codes, say_who_has_to_do_something)
{
    EXPECT_EQ(code_of(base::failure::credentials), 77);
    EXPECT_EQ(code_of(base::failure::refused), 77);
    EXPECT_EQ(code_of(base::failure::unknown_user), 67);
    EXPECT_EQ(code_of(base::failure::malformed), 65);
    EXPECT_EQ(code_of(base::failure::vanished), 65);
    EXPECT_EQ(code_of(base::failure::exists), 73);
    EXPECT_EQ(code_of(base::failure::network), 69);
    EXPECT_EQ(code_of(base::failure::storage), 74);
    EXPECT_EQ(code_of(base::failure::no_space), 74);
    EXPECT_EQ(code_of(base::failure::internal), 70);
    EXPECT_EQ(code_of(base::failure::in_use), 75);
    EXPECT_EQ(code_of(base::failure::login_delay), 75);
}

TEST(exit_codes, no_failure_is_told_as_a_success)
{
    for (int kind = 0; kind <= static_cast<int>(base::failure::internal); ++kind)
        EXPECT_GE(code_of(static_cast<base::failure>(kind)), 64) << kind;
}

TEST(exit_codes, the_more_telling_one_wins_whatever_the_order)
{
    constexpr std::array ranks{0, exit_not_all_well, 75, 77};
    for (std::size_t low = 0; low < ranks.size(); ++low)
        for (std::size_t high = low; high < ranks.size(); ++high) {
            EXPECT_EQ(worse(ranks.at(low), ranks.at(high)), ranks.at(high));
            EXPECT_EQ(worse(ranks.at(high), ranks.at(low)), ranks.at(high));
        }
    EXPECT_EQ(worse(77, 69), 77) << "of two, the first";
}

TEST(exit_codes, of_a_closing_account)
{
    auto account = account_of_seven();
    EXPECT_EQ(exit_code_of(account), 1) << "a message failed";
    account.temporary = true;
    account.trouble = "the line broke";
    EXPECT_EQ(exit_code_of(account), 75);
    account = account_of_seven();
    account.failed.clear();
    EXPECT_EQ(exit_code_of(account), 1) << "the sums do not agree";
    account.on_server = 6;
    EXPECT_EQ(exit_code_of(account), 0) << "what is skipped is as the person wished";
    account.deletion_unknown = 1;
    EXPECT_EQ(exit_code_of(account), 75) << "the next run will tell";
}

TEST(fetch_report, as_json_has_every_number)
{
    auto account = account_of_seven();
    account.deleted = 4;
    account.deletion_unknown = 5;
    account.vanished = 6;
    account.quarantined = 1;
    account.trouble = "the line broke";
    account.temporary = true;
    EXPECT_EQ(
        boost::json::serialize(to_json(account)),
        R"({"account":"work","dry_run":false,"well":false,"sums_agree":true,"on_server":7,"stored":2,)"
        R"("stored_before":3,"removed_here":0,"removals":[],"skipped":[{"unique_id":"uid-1","why":"larger than 50M"}],)"
        R"("failed":[{"unique_id":"uid-2","why":"the server refused it"}],"same_as_others":0,"not_reached":0,)"
        R"("stopped":false,"octets_stored":2048,"deleted":4,"deletions":[],"deletion_unknown":5,"vanished":6,"quarantined":1,"warnings":["the server is odd"],)"
        R"("trouble":"the line broke","temporary":true,"unproven":0,"uncopied":0,"guard_stopped":false,"clock_jumped":false,)"
        R"("sessions":1,"milliseconds":1250})");
}

TEST(fetch_report, as_text_sums_up_and_tells_each_exception)
{
    const auto text = to_text(account_of_seven(), false);
    EXPECT_THAT(
        text,
        HasSubstr("work: 7 on the server = 2 stored + 3 stored before + 1 skipped + 1 failed (2.0KB in"));
    EXPECT_THAT(text, HasSubstr("  skipped uid-1: larger than 50M\n"));
    EXPECT_THAT(text, HasSubstr("  failed uid-2: the server refused it\n"));
    EXPECT_THAT(text, HasSubstr("  the server is odd\n"));
    EXPECT_THAT(text, Not(HasSubstr("deleted")));
    EXPECT_THAT(text, Not(HasSubstr("AGREE")));
}

TEST(fetch_report, as_text_says_when_the_sums_do_not_agree)
{
    auto account = account_of_seven();
    ++account.on_server;
    EXPECT_THAT(to_text(account, false), HasSubstr("DO NOT AGREE"));
}

TEST(fetch_report, as_text_says_in_one_line_what_a_stopped_run_left)
{
    auto account = account_of_seven();
    account.on_server = 1137;
    account.not_reached = 1130;
    account.stopped = true;
    account.same_as_others = 1;
    const auto text = to_text(account, false);
    EXPECT_THAT(text,
                HasSubstr("= 2 stored + 1 the same as others + 2 stored before + 1 skipped + 1 failed"));
    EXPECT_THAT(text, HasSubstr(" + 1130 not reached"));
    EXPECT_THAT(text, HasSubstr("  stopped: 2 stored, 1130 still to come; run it again to go on\n"));
    EXPECT_THAT(text, Not(HasSubstr("AGREE")));
    account.trouble.clear();
    EXPECT_THAT(collector::summary_of(account), HasSubstr("1130 still to come"));
}

TEST(fetch_report, as_text_tells_the_deletions_of_a_dry_run_where_asked)
{
    auto account = account_of_seven();
    account.dry_run = true;
    account.deletions = {{"uid-9", "not younger than 7 days"}};
    EXPECT_THAT(to_text(account, true), HasSubstr("  would be deleted: uid-9: not younger than 7 days\n"));
    EXPECT_THAT(to_text(account, false), Not(HasSubstr("uid-9")));
}

TEST(fetch_report, as_text_tells_what_would_be)
{
    auto account = account_of_seven();
    account.dry_run = true;
    account.deleted = 2;
    EXPECT_THAT(to_text(account, false), HasSubstr("2 would be stored"));
    EXPECT_THAT(to_text(account, false), HasSubstr("; 2 would be deleted there"));
}
