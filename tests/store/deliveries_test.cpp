// Deliveries: all of it or nothing, a verdict for each recipient, and quotas.
#include "conformance.hpp"

#include <set>
#include <thread>

namespace conformance {

namespace {

using strings = std::vector<std::string>;

store::maildrop_policy quota(std::uint64_t octets, std::uint64_t messages = 1000)
{
    return {.quota_octets = octets, .quota_messages = messages};
}

} // namespace

TEST_P(store_conformance, leaves_nothing_of_a_delivery_without_commit)
{
    const std::array recipients{store::delivery_recipient{{"ann"}, {}, "Delivered-To: ann\r\n"}};
    {
        const auto begun = store().begin_delivery(recipients, 100);
        ASSERT_TRUE(begun);
        ASSERT_TRUE((*begun)->write("Subject: lost connection\r\n\r\nhalf of"));
        EXPECT_TRUE(bodies("ann").empty()) << "nor is it seen before";
    }
    EXPECT_TRUE(bodies("ann").empty());
    EXPECT_EQ(store().measure({"ann"})->octets, 0U);
    reopen();
    EXPECT_TRUE(bodies("ann").empty());
}

TEST_P(store_conformance, delivers_to_each_recipient_and_judges_each_alone)
{
    must_deliver("full", "01234567\r\n");
    const std::vector<store::delivery_recipient> recipients{{{"ann"}, {}, "To: ann\r\n"},
                                                            {{"full"}, quota(15), "To: full\r\n"},
                                                            {{"bob"}, quota(1000), "To: bob\r\n"}};
    const auto begun = store().begin_delivery(recipients, std::nullopt);
    ASSERT_TRUE(begun);
    ASSERT_TRUE((*begun)->write("\r\nletter\r\n"));
    const auto outcomes = (*begun)->commit();
    ASSERT_EQ(outcomes.size(), 3U);
    ASSERT_TRUE(outcomes[0]);
    ASSERT_FALSE(outcomes[1]);
    EXPECT_EQ(outcomes[1].error().kind, base::failure::over_quota);
    ASSERT_TRUE(outcomes[2]);
    reopen();
    EXPECT_EQ(bodies("ann"), strings{"To: ann\r\n\r\nletter\r\n"});
    EXPECT_EQ(bodies("full"), strings{"01234567\r\n"});
    EXPECT_EQ(bodies("bob"), strings{"To: bob\r\n\r\nletter\r\n"});
    EXPECT_EQ(collect("ann").at(0).unique_id, *outcomes[0]);
    EXPECT_EQ(collect("bob").at(0).unique_id, *outcomes[2]);
}

TEST_P(store_conformance, takes_deliveries_from_many_threads_at_once)
{
    std::vector<std::thread> threads;
    std::vector<strings> told(4);
    for (strings& mine : told)
        threads.emplace_back([&] {
            for (int i = 0; i != 10; ++i) mine.push_back(must_deliver("ann", "Subject: at once\r\n\r\n"));
        });
    for (std::thread& one : threads) one.join();
    std::set<std::string> all;
    for (const strings& mine : told) all.insert(mine.begin(), mine.end());
    EXPECT_EQ(all.size(), 40U);
    std::set<std::string> listed;
    for (const letter& one : collect("ann")) listed.insert(one.unique_id);
    EXPECT_EQ(listed, all);
}

TEST_P(store_conformance, interleaves_deliveries)
{
    const std::array recipients{store::delivery_recipient{{"ann"}, {}, {}}};
    const auto first = store().begin_delivery(recipients, std::nullopt).value();
    const auto second = store().begin_delivery(recipients, std::nullopt).value();
    ASSERT_TRUE(first->write("first, "));
    ASSERT_TRUE(second->write("second, "));
    ASSERT_TRUE(first->write("whole\r\n"));
    ASSERT_TRUE(second->write("whole\r\n"));
    ASSERT_TRUE(second->commit().at(0));
    clock().advance(std::chrono::milliseconds(1));
    ASSERT_TRUE(first->commit().at(0));
    const auto there = bodies("ann");
    EXPECT_EQ(std::set(there.begin(), there.end()),
              (std::set<std::string>{"first, whole\r\n", "second, whole\r\n"}));
}

TEST_P(store_conformance, measures_what_waits)
{
    EXPECT_EQ(store().measure({"ann"})->messages, 0U) << "a maildrop that never was is empty";
    must_deliver("ann", "12345\r\n");
    must_deliver("ann", "bare\n");
    EXPECT_EQ(store().measure({"ann"})->messages, 2U);
    EXPECT_EQ(store().measure({"ann"})->octets, 14U) << "canonical octets";
    reopen();
    EXPECT_EQ(store().measure({"ann"})->octets, 14U);
    remove(*open("ann"), {0});
    EXPECT_EQ(store().measure({"ann"})->octets, 7U);
    EXPECT_EQ(store().measure({"ann"})->messages, 1U);
}

TEST_P(store_conformance, advises_on_the_quota_before_the_message_comes)
{
    EXPECT_TRUE(store().check_quota({"ann"}, quota(10), 10)) << "also for a maildrop that never was";
    EXPECT_FALSE(store().check_quota({"ann"}, quota(10), 11));
    must_deliver("ann", "1234\r\n");
    EXPECT_TRUE(store().check_quota({"ann"}, quota(10), 0)) << "unknown";
    EXPECT_TRUE(store().check_quota({"ann"}, quota(10), 4));
    EXPECT_EQ(store().check_quota({"ann"}, quota(10), 5).error().kind, base::failure::over_quota);
    EXPECT_EQ(store().check_quota({"ann"}, quota(1000, 1), 1).error().kind, base::failure::over_quota);
    EXPECT_TRUE(store().check_quota({"ann"}, quota(1000, 2), 1));
    EXPECT_TRUE(store().check_quota({"ann"}, {}, UINT64_MAX / 2)) << "no quota, no limit";
    EXPECT_TRUE(store().check_quota({"ann"}, quota(10), 10).error().temporary) << "it may be emptied";
    EXPECT_FALSE(store().check_quota({"ann"}, quota(10), 11).error().temporary) << "it can never fit";
}

TEST_P(store_conformance, holds_the_quota_at_commit)
{
    EXPECT_TRUE(deliver("ann", "1234\r\n", "", quota(10)));
    EXPECT_EQ(deliver("ann", "123\r\n", "", quota(10)).error().kind, base::failure::over_quota);
    EXPECT_EQ(deliver("ann", "", "X: 1\r\n", quota(10)).error().kind, base::failure::over_quota)
        << "headers count";
    EXPECT_FALSE(deliver("ann", "12345678901", "", quota(10)).error().temporary);
    EXPECT_TRUE(deliver("ann", "12\r\n", "", quota(10))) << "exactly full is not over";
    EXPECT_EQ(deliver("ann", "1", "", quota(1000, 2)).error().kind, base::failure::over_quota);
    EXPECT_TRUE(deliver("ann", "1", "", quota(1000, 3)));
    EXPECT_EQ(bodies("ann"), (strings{"1234\r\n", "12\r\n", "1\r\n"}));
    remove(*open("ann"), {0, 1});
    EXPECT_TRUE(deliver("ann", "12345\r\n", "", quota(10))) << "removal makes room";
}

} // namespace conformance
