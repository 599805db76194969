// Every delete policy at its boundaries, every barrier, and the guard.
#include "archive/retention.hpp"
#include "support/keep_policies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace archive {

namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;
using days = std::chrono::days;

const base::wall_time now{std::chrono::seconds(1'800'000'000)};

class retention : public testing::Test {
protected:
    ledger::message_record& add(base::wall_time stored_at, std::uint64_t octets = 100)
    {
        const std::string id = std::to_string(lives_.size() + 1);
        lives_.push_back({.account = "a",
                          .unique_id = id,
                          .stage = ledger::stage::stored,
                          .hash = ledger::hash_of(id),
                          .key = "k" + id,
                          .octets = octets,
                          .first_listed = stored_at,
                          .stored_at = stored_at});
        messages_.push_back({.number = lives_.size(), .unique_id = id, .octets = octets});
        return lives_.back();
    }

    std::vector<bool> decide(const keep_policy& keep, retention_facts facts = {.now = now},
                             bool fetched = false)
    {
        std::vector<retention_candidate> all;
        for (std::size_t i = 0; i != lives_.size(); ++i) all.push_back({&messages_[i], &lives_[i], fetched});
        std::vector<bool> may;
        for (const auto& one : decide_retention(keep, all, facts)) {
            may.push_back(one.may_delete);
            EXPECT_NE(one.reason, "");
        }
        return may;
    }

    std::deque<ledger::message_record> lives_;
    std::deque<client::listed_message> messages_;
};

} // namespace

TEST_F(retention, keep_all_keeps_all_and_keep_none_none)
{
    add(now);
    EXPECT_THAT(decide(keep_all{}), ElementsAre(false));
    EXPECT_THAT(decide(keep_none{}), ElementsAre(true));
}

TEST_F(retention, days_count_from_when_it_was_stored_to_the_second)
{
    add(now - days(30)).message_date = now;
    add(now - days(30) + 1s).message_date = now - days(90);
    add(now);
    EXPECT_THAT(decide(keep_days{.days = 30}), ElementsAre(true, false, false));
}

TEST_F(retention, days_may_count_from_the_messages_own_date)
{
    add(now).message_date = now - days(30);
    add(now).message_date = now - days(30) + 1s;
    add(now - days(31)).message_date = now + 1s; // from the future: when it was stored
    add(now - days(31));                         // no date
    add(now - days(29));
    EXPECT_THAT(decide(keep_days{.days = 30, .clock = age_clock::message}),
                ElementsAre(true, false, true, true, false));
}

TEST_F(retention, days_need_a_time_and_do_not_overflow)
{
    add(now).stored_at.reset();
    EXPECT_THAT(decide(keep_days{.days = 0}), ElementsAre(false));
    lives_[0].stored_at = base::wall_time{};
    EXPECT_THAT(decide(keep_days{.days = UINT32_MAX}), ElementsAre(false));
    EXPECT_THAT(decide(keep_days{.days = 0}), ElementsAre(true));
}

TEST_F(retention, the_newest_messages_stay)
{
    add(now - 2h);
    add(now - 1h);
    add(now - 1h); // later in the listing: newer
    EXPECT_THAT(decide(keep_newest{0}), ElementsAre(true, true, true));
    EXPECT_THAT(decide(keep_newest{1}), ElementsAre(true, true, false));
    EXPECT_THAT(decide(keep_newest{2}), ElementsAre(true, false, false));
    EXPECT_THAT(decide(keep_newest{3}), ElementsAre(false, false, false));
}

TEST_F(retention, what_is_not_stored_counts_among_the_newest_and_stays)
{
    add(now - 2h);
    add(now - 1h).stage = ledger::stage::failed;
    EXPECT_THAT(decide(keep_newest{1}), ElementsAre(true, false));
    EXPECT_THAT(decide(keep_none{}), ElementsAre(true, false));
}

TEST_F(retention, the_newest_octets_stay)
{
    add(now - 3h, 10);
    add(now - 2h, 50);
    add(now - 1h, 50);
    EXPECT_THAT(decide(keep_newest_octets{100}), ElementsAre(true, false, false));
    EXPECT_THAT(decide(keep_newest_octets{99}),
                ElementsAre(true, true, false)); // no small one slips past a great one
    EXPECT_THAT(decide(keep_newest_octets{110}), ElementsAre(false, false, false));
    EXPECT_THAT(decide(keep_newest_octets{0}), ElementsAre(true, true, true));
}

TEST_F(retention, barriers_stand_under_every_policy)
{
    const auto all = support::every_deleting_policy(0);
    add(now);
    const auto stays = [&](auto change) {
        const ledger::message_record before = lives_[0];
        const client::listed_message shown = messages_[0];
        change(lives_[0], messages_[0]);
        for (const keep_policy& keep : all) EXPECT_THAT(decide(keep), ElementsAre(false)) << text_of(keep);
        lives_[0] = before;
        messages_[0] = shown;
        for (const keep_policy& keep : all) EXPECT_THAT(decide(keep), ElementsAre(true)) << text_of(keep);
    };
    stays([](ledger::message_record&, client::listed_message& m) { m.ambiguous = true; });
    stays([](ledger::message_record&, client::listed_message& m) { m.unique_id.clear(); });
    stays([](ledger::message_record& l, client::listed_message&) { l.hash.reset(); });
    stays([](ledger::message_record& l, client::listed_message&) { l.key.clear(); });
    stays([](ledger::message_record& l, client::listed_message&) { l.taken_over = true; });
    stays([](ledger::message_record& l, client::listed_message&) { l.note = doubtful_note; });
    for (const ledger::stage one : {ledger::stage::listed, ledger::stage::intended, ledger::stage::skipped,
                                    ledger::stage::failed, ledger::stage::deleted, ledger::stage::vanished})
        stays([&](ledger::message_record& l, client::listed_message&) { l.stage = one; });
}

TEST_F(retention, after_a_jump_of_the_clock_days_count_anew)
{
    const auto decided = [&](base::wall_time at, base::wall_time jumped) -> bool {
        return decide(keep_days{7}, {.now = at, .ages_from = jumped}).at(0);
    };
    ledger::message_record& one = add(now - days(365)); // under a clock that was behind
    EXPECT_FALSE(decided(now, now));
    EXPECT_FALSE(decided(now + days(6), now));
    EXPECT_TRUE(decided(now + days(7), now));
    one.stored_at = now + days(365); // under one that was ahead
    EXPECT_FALSE(decided(now + days(6), now));
    EXPECT_TRUE(decided(now + days(7), now));
    EXPECT_THAT(decide(keep_days{7}, {.now = now + days(7)}), ElementsAre(false));
    one.stored_at = now + days(3); // after the jump
    EXPECT_FALSE(decided(now + days(9), now));
    EXPECT_TRUE(decided(now + days(10), now));
    one.message_date = now - days(700);
    EXPECT_THAT(decide(keep_days{7, age_clock::message}, {.now = now + days(6), .ages_from = now}),
                ElementsAre(false));
}

TEST_F(retention, soon_after_a_jump_of_the_clock_nothing_goes_by_it)
{
    add(now - days(100));
    add(now - days(100));
    for (const keep_policy& keep : support::every_deleting_policy(0)) {
        if (std::holds_alternative<keep_none>(keep)) continue; // no clock is asked
        EXPECT_THAT(decide(keep, {.now = now, .ages_from = now}), ElementsAre(false, false));
        EXPECT_THAT(decide(keep, {.now = now + 23h, .ages_from = now}), ElementsAre(false, false));
        EXPECT_THAT(decide(keep, {.now = now + 24h, .ages_from = now}), ElementsAre(true, true));
    }
    EXPECT_THAT(decide(keep_none{}, {.now = now, .ages_from = now}), ElementsAre(true, true));
}

TEST_F(retention, a_suspicious_listing_deletes_nothing)
{
    add(now);
    EXPECT_THAT(decide(keep_none{}, {.now = now, .suspicious = true}), ElementsAre(false));
}

TEST_F(retention, a_nameless_message_goes_only_in_the_session_that_fetched_it)
{
    add(now);
    messages_[0].unique_id.clear();
    EXPECT_THAT(decide(keep_none{}, {.now = now}, true), ElementsAre(true));
    EXPECT_THAT(decide(keep_none{}, {.now = now}, false), ElementsAre(false));
}

TEST_F(retention, what_only_a_target_has_goes_only_where_targets_are_the_place)
{
    add(now).key.clear();
    lives_[0].verified = true;
    EXPECT_THAT(decide(keep_none{}), ElementsAre(false));
    EXPECT_THAT(decide(keep_none{}, {.now = now, .delivers_instead = true}), ElementsAre(true));
    lives_[0].verified = false; // a person removed it from the archive
    EXPECT_THAT(decide(keep_none{}, {.now = now, .delivers_instead = true}), ElementsAre(false));
}

TEST(guard, objects_above_the_percentage_and_above_the_floor)
{
    const deletion_guard guard{.percent = 20, .messages = 500};
    const keep_policy keep = keep_days{30};
    EXPECT_FALSE(guard_objection(guard, keep, 10, 10)); // the floor
    EXPECT_TRUE(guard_objection(guard, keep, 54, 11));
    EXPECT_FALSE(guard_objection(guard, keep, 55, 11)); // 20 % are not more than 20 %
    EXPECT_FALSE(guard_objection(guard, keep, 2500, 500));
    EXPECT_TRUE(guard_objection(guard, keep, 1'000'000, 501));
}

TEST(guard, takes_no_percentage_under_keep_none)
{
    const deletion_guard guard{};
    EXPECT_FALSE(guard_objection(guard, keep_none{}, 500, 500));
    EXPECT_TRUE(guard_objection(guard, keep_none{}, 501, 501));
}

} // namespace archive
