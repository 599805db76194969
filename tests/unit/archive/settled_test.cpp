// Listings of which nothing is left to do.
#include "archive/settled.hpp"
#include "unit/archive/fetch_fixture.hpp"

#include <gtest/gtest.h>

namespace archive {

namespace {

using namespace std::chrono_literals;
using support::letter;

client::maildrop_listing two()
{
    return {.messages = {{.number = 1, .unique_id = "a", .octets = 10},
                         {.number = 2, .unique_id = "b", .octets = 20}},
            .unique_ids = true};
}

class settled_listing : public testing::Test {
protected:
    void SetUp() override
    {
        for (const char* id : {"a", "b", "c"}) server_.put(id, letter(id));
    }
    fetch_report run(fetch_wish wish = {})
    {
        clock_.advance(10s); // what came in the run before cannot change unseen any more
        const auto told = fetch(
            account_,
            {.server = server_, .mail = *at_.mail, .book = *at_.book, .clock = clock_, .log = at_.log}, wish);
        EXPECT_TRUE(told && told->sums_agree());
        return told.value_or(fetch_report{});
    }
    bool settled() { return at_.book->settled("me").value().has_value(); }

    support::manual_clock clock_;
    support::simulated_disk disk_{clock_};
    support::temporary_directory folder_;
    support::collector at_{disk_, folder_.path() + "/ledger", clock_, 1};
    support::fake_server server_;
    account_settings account_{.name = "me"};
};

} // namespace

TEST(listing, has_another_hash_where_anything_differs)
{
    const auto same = hash_of_listing(two());
    EXPECT_EQ(same, hash_of_listing(two()));
    std::vector<client::maildrop_listing> others(8, two());
    others[0].messages[0].unique_id = "A";
    others[1].messages[1].octets = 21;
    others[2].messages[1].octets.reset();
    others[3].messages[1].number = 3;
    std::swap(others[4].messages[0], others[4].messages[1]);
    others[5].messages.pop_back();
    others[6].unique_ids = false;
    others[7].messages[0].unique_id = "a 10\n2 0 1 b 20\n"; // what looks like the lines of two
    for (const auto& other : others) EXPECT_NE(same, hash_of_listing(other));
}

TEST_F(settled_listing, a_second_run_tells_what_the_long_way_would)
{
    EXPECT_EQ(run().stored, 3u);
    ASSERT_TRUE(settled());
    run();
    const auto calls = disk_.operations();
    const auto short_way = run();
    const auto short_calls = disk_.operations() - calls;
    ASSERT_TRUE(at_.book->settle("me", ledger::hash_of("another listing")));
    const auto long_way = run();
    EXPECT_EQ(short_way.on_server, 3u);
    EXPECT_EQ(short_way.on_server, long_way.on_server);
    EXPECT_EQ(short_way.stored_before, long_way.stored_before);
    EXPECT_TRUE(short_way.quiet());
    EXPECT_TRUE(long_way.quiet());
    EXPECT_EQ(short_way.sessions, 1u);
    EXPECT_LT(short_calls, disk_.operations() - calls - short_calls);
    EXPECT_TRUE(settled()) << "the long way settled it anew";
}

TEST_F(settled_listing, what_is_new_is_fetched)
{
    run();
    server_.put("d", letter("d"));
    const auto told = run();
    EXPECT_EQ(told.stored, 1u);
    EXPECT_EQ(told.stored_before, 3u);
    EXPECT_EQ(run().stored_before, 4u);
}

TEST_F(settled_listing, what_is_gone_is_told_once)
{
    run();
    server_.letters.pop_back();
    EXPECT_EQ(run().vanished, 1u);
    const auto told = run();
    EXPECT_EQ(told.vanished, 0u);
    EXPECT_EQ(told.stored_before, 2u);
}

TEST_F(settled_listing, is_forgotten_with_the_next_life_that_is_written)
{
    run();
    auto one = at_.book->find("me", "b").value().value();
    one.stage = ledger::stage::failed;
    one.hash.reset();
    one.key.clear();
    ASSERT_TRUE(at_.book->record({&one, 1}));
    EXPECT_FALSE(settled());
    const auto told = run();
    EXPECT_EQ(told.stored_before, 3u);
    EXPECT_EQ(server_.retrieved.back(), "b") << "asked for again, and found to be here";
}

TEST_F(settled_listing, does_not_hide_that_a_file_went)
{
    run();
    run();
    ASSERT_EQ(run().stored_before, 3u);
    const auto key = at_.book->find("me", "b").value()->key;
    ASSERT_TRUE(at_.mail->remove(key));
    const auto told = run();
    EXPECT_EQ(told.stored_before, 2u);
    EXPECT_EQ(told.removed_here, 1u);
    ASSERT_EQ(told.warnings.size(), 1u);
    EXPECT_NE(told.warnings[0].find(key), std::string::npos);
    const auto again = run();
    EXPECT_EQ(again.removed_here, 1u);
    EXPECT_TRUE(again.warnings.empty()) << "told once";
    EXPECT_EQ(server_.retrieved.size(), 3u) << "it may be that a person removed it";
}

TEST_F(settled_listing, is_not_while_anything_is_left_on_the_server)
{
    account_.octets_max = 1;
    EXPECT_EQ(run().skipped.size(), 3u);
    EXPECT_FALSE(settled());
    account_.octets_max.reset();
    EXPECT_EQ(run().stored, 3u);
    EXPECT_TRUE(settled());
}

TEST_F(settled_listing, is_not_where_messages_have_no_names_of_their_own)
{
    server_.letters[0].unique_id = server_.letters[1].unique_id;
    run();
    EXPECT_FALSE(settled());
}

TEST_F(settled_listing, does_not_keep_a_policy_from_deleting)
{
    run();
    ASSERT_TRUE(settled());
    account_.keep = keep_days{.days = 30};
    clock_.advance(std::chrono::days(31));
    EXPECT_EQ(run().deleted, 3u);
}

TEST_F(settled_listing, changes_nothing_for_a_dry_run)
{
    run({.dry_run = true});
    EXPECT_FALSE(settled());
    run();
    EXPECT_EQ(run({.dry_run = true}).stored_before, 3u);
}

} // namespace archive
