// Jobs in their order, here or beside.
#include "archive/receiving.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <semaphore>
#include <vector>

namespace archive {

namespace {

base::error trouble()
{
    return {.kind = base::failure::no_space, .temporary = true, .peer_text = "", .operator_text = "full"};
}

class jobs : public testing::TestWithParam<bool> {};

} // namespace

TEST_P(jobs, are_done_once_and_in_their_order)
{
    std::vector<int> done;
    serial_queue line(GetParam());
    for (int i = 0; i != 100; ++i)
        ASSERT_TRUE(line.give([&done, i]() -> base::result<> {
            done.push_back(i);
            return {};
        }));
    EXPECT_EQ(line.given(), 100u);
    ASSERT_TRUE(line.wait());
    ASSERT_EQ(done.size(), 100u);
    for (int i = 0; i != 100; ++i) EXPECT_EQ(done[static_cast<std::size_t>(i)], i);
}

TEST_P(jobs, are_not_begun_after_one_that_failed)
{
    std::atomic<int> done = 0;
    serial_queue line(GetParam());
    (void)line.give([&]() -> base::result<> { return base::fail(trouble()); });
    for (int i = 0; i != 5; ++i)
        (void)line.give([&]() -> base::result<> {
            ++done;
            return {};
        });
    const auto told = line.wait();
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().operator_text, "full");
    EXPECT_EQ(done, 0);
    EXPECT_FALSE(line.give([]() -> base::result<> { return {}; })) << "and whoever gives more hears of it";
}

TEST_P(jobs, that_nobody_waits_for_are_let_go_with_all_that_they_hold)
{
    const auto held = std::make_shared<int>(1);
    {
        serial_queue line(GetParam());
        for (int i = 0; i != 3; ++i) ASSERT_TRUE(line.give([held]() -> base::result<> { return {}; }));
    }
    EXPECT_EQ(held.use_count(), 1);
}

INSTANTIATE_TEST_SUITE_P(ways, jobs, testing::Bool(),
                         [](const auto& one) { return one.param ? "beside" : "here"; });

TEST(jobs_beside, let_their_giver_go_on_and_not_far)
{
    std::counting_semaphore<3> go(0);
    std::atomic<int> given = 0;
    serial_queue line(true);
    const auto slow = [&]() -> base::result<> {
        go.acquire();
        return {};
    };
    ASSERT_TRUE(line.give(slow));
    ++given;
    std::thread giver([&] {
        for (int i = 0; i != 2; ++i) {
            (void)line.give(slow);
            ++given;
        }
    });
    while (given < 2) std::this_thread::yield();
    EXPECT_LT(given, 3) << "one may wait while one is at work";
    go.release(3);
    giver.join();
    ASSERT_TRUE(line.wait());
}

TEST(jobs_beside, can_be_waited_for_one_by_one)
{
    std::binary_semaphore go(0);
    bool first = false;
    serial_queue line(true);
    ASSERT_TRUE(line.give([&]() -> base::result<> {
        first = true;
        return {};
    }));
    const auto jobs = line.given();
    ASSERT_TRUE(line.give([&]() -> base::result<> {
        go.acquire();
        return {};
    }));
    ASSERT_TRUE(line.wait_for(jobs)) << "the second is not done, and cannot be yet";
    EXPECT_TRUE(first);
    go.release();
    ASSERT_TRUE(line.wait());
}

} // namespace archive
