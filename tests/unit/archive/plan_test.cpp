// Listings held against lives.
#include "archive/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace archive {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

client::maildrop_listing listing(std::vector<client::listed_message> messages)
{
    for (std::size_t i = 0; i != messages.size(); ++i) messages[i].number = i + 1;
    return {std::move(messages), true};
}

ledger::message_record known(const std::string& id, ledger::stage at, std::uint64_t octets = 100)
{
    ledger::message_record one{.account = "a", .unique_id = id, .stage = at, .octets = octets};
    if (at >= ledger::stage::stored) {
        one.hash = ledger::hash_of(id);
        one.key = "key-" + id;
    }
    return one;
}

known_records records(std::vector<ledger::message_record> those)
{
    known_records all;
    for (ledger::message_record& one : those) all.emplace(one.unique_id, std::move(one));
    return all;
}

known_records many_stored(std::size_t count)
{
    std::vector<ledger::message_record> those;
    for (std::size_t i = 0; i != count; ++i)
        those.push_back(known("old-" + std::to_string(i), ledger::stage::stored));
    return records(std::move(those));
}

std::vector<course> courses(const fetch_plan& plan)
{
    std::vector<course> all;
    for (const planned_message& one : plan.messages) all.push_back(one.course);
    return all;
}

const account_settings plain{.name = "a"};

} // namespace

TEST(plan, fetches_what_is_not_stored)
{
    const auto plan = make_plan(
        listing(
            {{.unique_id = "new"}, {.unique_id = "stored"}, {.unique_id = "begun"}, {.unique_id = "bad"}}),
        records({known("stored", ledger::stage::stored), known("begun", ledger::stage::intended),
                 known("bad", ledger::stage::failed)}),
        plain, {});
    EXPECT_THAT(courses(plan),
                ElementsAre(course::fetch, course::stored_before, course::fetch, course::fetch));
    EXPECT_THAT(plan.order, ElementsAre(0, 2, 3));
}

TEST(plan, puts_what_failed_twice_last)
{
    auto bad = known("bad", ledger::stage::failed);
    bad.failures = 2;
    const auto plan = make_plan(listing({{.unique_id = "bad"}, {.unique_id = "x"}, {.unique_id = "y"}}),
                                records({bad}), plain, {});
    EXPECT_THAT(plan.order, ElementsAre(1, 2, 0));
}

TEST(plan, leaves_what_failed_twice_in_this_run_for_the_next)
{
    const std::map<std::string, unsigned> failures{{"bad", 2}, {"once", 1}};
    const auto plan = make_plan(listing({{.unique_id = "bad"}, {.unique_id = "once"}, {.unique_id = "x"}}),
                                {}, plain, {.failures = &failures});
    EXPECT_THAT(plan.order, ElementsAre(2, 1));
    EXPECT_EQ(plan.messages[0].course, course::skipped);
    EXPECT_EQ(plan.messages[0].reason, "");
}

TEST(plan, fetches_the_smallest_first_where_asked)
{
    account_settings account = plain;
    account.order = fetch_order::smallest_first;
    const auto plan = make_plan(listing({{.unique_id = "a", .octets = 30},
                                         {.unique_id = "b", .octets = 10},
                                         {.unique_id = "c", .octets = 20}}),
                                {}, account, {});
    EXPECT_THAT(plan.order, ElementsAre(1, 2, 0));
}

TEST(plan, skips_above_octets_max_and_not_at_it)
{
    account_settings account = plain;
    account.octets_max = 100;
    const auto plan = make_plan(
        listing({{.unique_id = "a", .octets = 100}, {.unique_id = "b", .octets = 101}, {.unique_id = "c"}}),
        {}, account, {});
    EXPECT_THAT(courses(plan), ElementsAre(course::fetch, course::skipped, course::fetch));
    EXPECT_THAT(plan.messages[1].reason, testing::HasSubstr("octets_max"));
}

TEST(plan, keeps_skipping_only_while_the_rules_are_the_same)
{
    auto skipped = known("s", ledger::stage::skipped);
    skipped.note = "by the rule r";
    const auto shown = listing({{.unique_id = "s"}});
    EXPECT_THAT(courses(make_plan(shown, records({skipped}), plain, {.skipping_unchanged = true})),
                ElementsAre(course::skipped));
    EXPECT_THAT(courses(make_plan(shown, records({skipped}), plain, {})), ElementsAre(course::fetch));
}

TEST(plan, tells_what_we_deleted_from_what_vanished)
{
    const auto plan = make_plan(
        listing({{.unique_id = "x"}}),
        records({known("asked", ledger::stage::delete_asked), known("unknown", ledger::stage::delete_unknown),
                 known("gone", ledger::stage::stored), known("past", ledger::stage::deleted)}),
        plain, {});
    ASSERT_EQ(plan.changed.size(), 3u);
    for (const ledger::message_record& one : plan.changed)
        EXPECT_EQ(one.stage, one.unique_id == "gone" ? ledger::stage::vanished : ledger::stage::deleted)
            << one.unique_id;
    EXPECT_EQ(plan.vanished, 1u);
    EXPECT_EQ(plan.found_deleted, 2u);
}

TEST(plan, doubts_a_deletion_that_did_not_happen)
{
    const auto plan = make_plan(listing({{.unique_id = "u", .octets = 100}}),
                                records({known("u", ledger::stage::delete_asked)}), plain, {});
    EXPECT_EQ(plan.messages[0].course, course::stored_before);
    EXPECT_TRUE(plan.messages[0].doubted);
    EXPECT_THAT(plan.changed, IsEmpty());
}

TEST(plan, fetches_what_is_listed_again_after_a_quit_without_an_answer)
{
    const auto plan = make_plan(listing({{.unique_id = "u", .octets = 100}}),
                                records({known("u", ledger::stage::delete_unknown)}), plain, {});
    EXPECT_EQ(plan.messages[0].course, course::fetch);
    EXPECT_THAT(plan.changed, IsEmpty());
}

TEST(plan, fetches_what_came_back_after_it_was_gone)
{
    ledger::message_record taken_over = known("t", ledger::stage::vanished);
    taken_over.hash.reset();
    taken_over.taken_over = true;
    const auto plan = make_plan(
        listing({{.unique_id = "d", .octets = 100}, {.unique_id = "v"}, {.unique_id = "t"}}),
        records({known("d", ledger::stage::deleted), known("v", ledger::stage::vanished), taken_over}), plain,
        {});
    EXPECT_THAT(plan.order, ElementsAre(0, 1, 2));
    EXPECT_THAT(plan.changed, IsEmpty());
}

TEST(plan, fetches_what_has_another_size_than_when_it_was_last_compared)
{
    ledger::message_record one = known("u", ledger::stage::stored);
    one.listed_octets = 90; // this server counts otherwise
    const auto fetched = [&](std::optional<std::uint64_t> octets) {
        return make_plan(listing({{.unique_id = "u", .octets = octets}}), records({one}), plain, {})
                   .order.size() == 1;
    };
    EXPECT_FALSE(fetched(90));
    EXPECT_FALSE(fetched({}));
    EXPECT_TRUE(fetched(91));
    EXPECT_TRUE(fetched(100));
    one.size_changes = size_changes_max;
    EXPECT_FALSE(fetched(91));
}

TEST(plan, fetches_another_size_where_the_server_counts_exactly)
{
    std::vector<ledger::message_record> those;
    std::vector<client::listed_message> shown;
    for (int i = 0; i != 10; ++i) {
        those.push_back(known(std::to_string(i), ledger::stage::stored));
        shown.push_back({.unique_id = std::to_string(i), .octets = 100});
    }
    shown[3].octets = 101;
    const auto exact = make_plan(listing(shown), records(those), plain, {});
    EXPECT_THAT(exact.order, ElementsAre(3));
    shown[5].octets = 99; // 8 of 10: this server's sizes tell nothing
    EXPECT_THAT(make_plan(listing(shown), records(those), plain, {}).order, IsEmpty());
}

TEST(plan, does_not_believe_an_empty_listing)
{
    const auto stored = records({known("x", ledger::stage::stored)});
    const auto plan = make_plan(listing({}), stored, plain, {});
    EXPECT_TRUE(plan.suspicious);
    EXPECT_THAT(plan.changed, IsEmpty());
    EXPECT_EQ(plan.warnings.size(), 1u);
    const auto believed = make_plan(listing({}), stored, plain, {.believe_listing = true});
    EXPECT_FALSE(believed.suspicious);
    EXPECT_EQ(believed.vanished, 1u);
    EXPECT_FALSE(make_plan(listing({}), records({known("x", ledger::stage::deleted)}), plain, {}).suspicious);
}

TEST(plan, does_not_believe_that_all_unique_ids_are_new)
{
    const auto shown = listing({{.unique_id = "new-1"}, {.unique_id = "new-2"}});
    EXPECT_TRUE(make_plan(shown, many_stored(known_before_suspicion), plain, {}).suspicious);
    EXPECT_FALSE(make_plan(shown, many_stored(known_before_suspicion - 1), plain, {}).suspicious);
    EXPECT_FALSE(make_plan(listing({{.unique_id = "new-1"}, {.unique_id = "old-1"}}),
                           many_stored(known_before_suspicion), plain, {})
                     .suspicious);
}

TEST(plan, fetches_ambiguous_and_nameless_messages_and_names_them_by_number)
{
    auto shown = listing({{.unique_id = "twice", .ambiguous = true},
                          {.unique_id = "twice", .ambiguous = true},
                          {.unique_id = ""}});
    const auto plan = make_plan(shown, records({known("twice", ledger::stage::stored)}), plain, {});
    EXPECT_THAT(plan.order, ElementsAre(0, 1, 2));
    EXPECT_EQ(plan.messages[0].name, "(twice, number 1)");
    EXPECT_EQ(plan.messages[2].name, "(none, number 3)");
    EXPECT_EQ(shown_name(shown.messages[2], 1), "(none, number 3 of session 2)");
    EXPECT_EQ(plan.vanished, 0u);
}

TEST(plan, does_not_take_a_message_without_octets_for_stored)
{
    ledger::message_record unseen = known("u", ledger::stage::delete_asked); // by a rule, unfetched
    unseen.hash.reset();
    unseen.key.clear();
    EXPECT_THAT(courses(make_plan(listing({{.unique_id = "u"}}), records({unseen}), plain, {})),
                ElementsAre(course::fetch));
}

} // namespace archive
