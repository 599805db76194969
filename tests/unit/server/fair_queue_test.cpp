// The order of the hashing: known users, strangers, suspects; each network in its turn.
#include "server/fair_queue.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace server::testing {
namespace {

base::network_prefix network(std::uint8_t number)
{
    return {{number}, 48};
}

class fair_queue : public ::testing::Test {
protected:
    /// A job that tells its name when it runs.
    bool add(server::fair_queue& queue, standing who, std::uint8_t from, std::string name)
    {
        return queue.submit(who, network(from), [this, name = std::move(name)] {
            const std::lock_guard lock(mutex_);
            order_.push_back(name);
        });
    }
    /// A job that lasts until the promise is kept.
    static void block(server::fair_queue& queue, standing who, std::promise<void>& begun,
                      std::shared_future<void> end)
    {
        queue.submit(who, network(99), [&begun, end = std::move(end)] {
            begun.set_value();
            end.wait();
        });
    }

    std::mutex mutex_;
    std::vector<std::string> order_;
};

TEST_F(fair_queue, takes_known_users_first_and_then_each_network_in_its_turn)
{
    std::promise<void> begun, end;
    {
        auto pool = std::make_unique<base::worker_pool>(1, 100); // ends before what its jobs refer to
        server::fair_queue queue(*pool, 1, 30);
        block(queue, standing::known, begun, end.get_future().share());
        begun.get_future().wait();
        for (const auto* const name : {"s1", "s2", "s3"}) add(queue, standing::suspect, 1, name);
        for (const auto* const name : {"a1", "a2", "a3"}) add(queue, standing::stranger, 1, name);
        add(queue, standing::stranger, 2, "b1");
        add(queue, standing::known, 1, "k1");
        EXPECT_EQ(queue.queued(), 8U);
        end.set_value();
        pool.reset();
    }
    EXPECT_EQ(order_, (std::vector<std::string>{"k1", "a1", "b1", "a2", "a3", "s1", "s2", "s3"}));
}

TEST_F(fair_queue, keeps_the_last_thread_from_suspects_and_forgets_none_of_them)
{
    std::promise<void> begun, end, known;
    {
        auto pool = std::make_unique<base::worker_pool>(2, 100); // ends before what its jobs refer to
        server::fair_queue queue(*pool, 2, 30);
        block(queue, standing::suspect, begun, end.get_future().share());
        begun.get_future().wait();
        for (const auto* const name : {"s1", "s2"}) add(queue, standing::suspect, 1, name);
        queue.submit(standing::known, network(1), [&known] { known.set_value(); });
        known.get_future().wait();
        EXPECT_EQ(queue.queued(), 2U) << "they wait for the suspect before them";
        end.set_value();
        pool.reset();
    }
    EXPECT_EQ(order_, (std::vector<std::string>{"s1", "s2"}));
}

TEST_F(fair_queue, lets_a_network_fill_no_more_than_a_quarter)
{
    std::promise<void> begun, end;
    auto pool = std::make_unique<base::worker_pool>(1, 100); // ends before what its jobs refer to
    server::fair_queue queue(*pool, 1, 8);
    block(queue, standing::known, begun, end.get_future().share());
    begun.get_future().wait();
    EXPECT_TRUE(add(queue, standing::stranger, 1, "a"));
    EXPECT_TRUE(add(queue, standing::stranger, 1, "b"));
    EXPECT_FALSE(add(queue, standing::stranger, 1, "c"));
    EXPECT_TRUE(add(queue, standing::stranger, 2, "d"));
    end.set_value();
    pool.reset();
}

} // namespace
} // namespace server::testing
