// The pool runs what it took, refuses what is too much, and finishes before it goes.
#include "base/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

TEST(worker_pool, finishes_everything_it_took)
{
    std::atomic<int> done = 0;
    {
        base::worker_pool pool(2, 1000);
        for (int i = 0; i < 500; ++i) EXPECT_TRUE(pool.submit([&] { ++done; }));
    }
    EXPECT_EQ(done, 500);
}

TEST(worker_pool, refuses_more_than_its_queue_holds)
{
    std::latch begun(1), let_go(1);
    base::worker_pool pool(1, 2);
    ASSERT_TRUE(pool.submit([&] {
        begun.count_down();
        let_go.wait();
    }));
    begun.wait();
    EXPECT_TRUE(pool.submit([] {}));
    EXPECT_TRUE(pool.submit([] {}));
    EXPECT_EQ(pool.queued(), 2U);
    EXPECT_FALSE(pool.submit([] {}));
    let_go.count_down();
}
