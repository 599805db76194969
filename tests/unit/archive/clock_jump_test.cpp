// Runs under a clock that jumps.
#include "archive/retention.hpp"
#include "unit/archive/fetching.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace archive {

namespace {

using std::chrono::days;
using support::letter;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class clock_jumps : public archive_tests::fetching {
protected:
    clock_jumps()
    {
        account_.keep = keep_days{.days = 7};
        account_.guard.percent = 100;
    }
    /// As the program does it: the end of a run is noted.
    fetch_report run_and_note(fetch_wish wish = {})
    {
        const auto told = run(wish);
        const ledger::run_note note{
            .when = clock_.now(), .well = told.well(), .text = "a run", .last_well = {}};
        EXPECT_TRUE(told.quiet() ? at_.book->record_no_op_run("me", note) : at_.book->record_run("me", note));
        return told;
    }
    void jump(days by) { clock_.set(clock_.now() + by); }
};

} // namespace

TEST_F(clock_jumps, letters_of_a_clock_that_was_behind_stay_their_days)
{
    jump(days(-365));
    put(3);
    run_and_note();
    jump(days(365));
    const auto told = run_and_note();
    EXPECT_EQ(told.deleted, 0u);
    EXPECT_TRUE(told.clock_jumped);
    EXPECT_FALSE(told.well());
    EXPECT_THAT(told.warnings, Contains(HasSubstr("restante fetch me --believe-clock")));
    for (int day = 1; day != 7; ++day) {
        jump(days(1));
        const auto later = run_and_note();
        EXPECT_EQ(later.deleted, 0u) << day;
        EXPECT_TRUE(later.quiet()) << day;
    }
    jump(days(1));
    EXPECT_EQ(run_and_note().deleted, 3u); // and nobody had to say anything
}

TEST_F(clock_jumps, a_clock_that_is_ahead_for_one_run_deletes_nothing)
{
    put(3);
    run_and_note();
    jump(days(365));
    server_.put("ahead", letter("ahead"));
    EXPECT_TRUE(run_and_note().clock_jumped);
    EXPECT_TRUE(run_and_note().quiet()); // noted beside the ledger
    jump(days(-365));
    EXPECT_TRUE(run_and_note().clock_jumped);
    for (int day = 0; day != 6; ++day) {
        jump(days(1));
        const auto told = run_and_note();
        EXPECT_FALSE(told.clock_jumped) << day;
        EXPECT_EQ(told.deleted, 0u) << day;
    }
    jump(days(1));
    EXPECT_EQ(run_and_note().deleted, 4u);
}

TEST_F(clock_jumps, a_person_who_was_away_says_that_the_clock_is_right)
{
    put(3);
    run_and_note();
    jump(days(100));
    EXPECT_EQ(run_and_note({.dry_run = true}).deleted, 0u);
    EXPECT_EQ(run({.believe_clock = true}).deleted, 3u);
}

TEST_F(clock_jumps, a_month_without_a_run_is_no_jump)
{
    put(3);
    run_and_note();
    jump(days(31));
    EXPECT_EQ(run_and_note().deleted, 3u);
}

TEST_F(clock_jumps, an_hour_backwards_is_no_jump)
{
    put(1);
    run_and_note();
    clock_.set(clock_.now() - std::chrono::hours(2));
    EXPECT_TRUE(run_and_note().quiet());
}

TEST_F(clock_jumps, the_newest_are_those_farther_down_the_listing)
{
    account_.keep = keep_newest{2};
    put(2, "old");
    run_and_note();
    jump(days(-365));
    put(3, "new");
    EXPECT_EQ(run_and_note().deleted, 0u);
    jump(days(365));
    EXPECT_EQ(run_and_note().deleted, 0u);
    jump(days(2));
    EXPECT_EQ(run_and_note().deleted, 3u);
    EXPECT_TRUE(server_.find("new1") && server_.find("new2"));
}

TEST_F(clock_jumps, a_ledger_made_anew_knows_the_newest_message)
{
    put(1);
    run();
    jump(days(-365));
    EXPECT_TRUE(run().clock_jumped);
}

TEST_F(clock_jumps, policies_without_a_clock_go_on)
{
    put(3);
    account_.keep = keep_all{};
    run_and_note();
    jump(days(365));
    EXPECT_TRUE(run_and_note().well());
    account_.keep = keep_none{};
    jump(days(-365));
    const auto told = run_and_note();
    EXPECT_TRUE(told.well());
    EXPECT_EQ(told.deleted, 3u);
}

} // namespace archive
