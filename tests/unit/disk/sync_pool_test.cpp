// Many files, each synced once, by threads that stay.
#include "disk/sync_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <memory>

namespace disk {

namespace {

class counted_file final : public file {
public:
    base::result<std::size_t> read(std::span<char>, std::uint64_t) override { return 0; }
    base::result<> write(std::string_view) override { return {}; }
    base::result<> sync() override
    {
        ++syncs;
        if (meeting != nullptr) meeting->arrive_and_wait();
        if (bad)
            return base::fail(
                {.kind = base::failure::storage, .temporary = true, .peer_text = "", .operator_text = ""});
        return {};
    }
    base::result<> close() override { return {}; }
    base::result<disk::status> status() override { return disk::status{}; }
    base::result<> set_modified(base::wall_time) override { return {}; }
    base::result<> shorten(std::uint64_t) override { return {}; }

    std::atomic<int> syncs = 0;
    bool bad = false;
    std::barrier<>* meeting = nullptr;
};

struct some_files {
    explicit some_files(std::size_t count)
    {
        for (std::size_t i = 0; i != count; ++i) {
            owned.push_back(std::make_unique<counted_file>());
            all.push_back(owned.back().get());
        }
    }
    std::vector<std::unique_ptr<counted_file>> owned;
    std::vector<file*> all;
};

} // namespace

TEST(sync_pool, syncs_each_once_call_after_call)
{
    sync_pool crew;
    EXPECT_TRUE(crew.sync({}).empty());
    for (const std::size_t count : {1U, 2U, 100U, 3U, 100U}) {
        some_files those(count);
        those.owned.back()->bad = true;
        const auto told = crew.sync(those.all);
        ASSERT_EQ(told.size(), count);
        for (std::size_t i = 0; i != count; ++i) {
            EXPECT_EQ(those.owned[i]->syncs, 1);
            EXPECT_EQ(told[i].has_value(), i + 1 != count);
        }
    }
}

TEST(sync_pool, waits_for_several_at_once)
{
    sync_pool crew;
    some_files those(4);
    std::barrier meeting(4); // nobody leaves it before all four are there
    for (const auto& one : those.owned) one->meeting = &meeting;
    for (const auto& done : crew.sync(those.all)) EXPECT_TRUE(done);
}

TEST(sync_pool, may_be_called_by_several)
{
    sync_pool crew;
    std::vector<std::unique_ptr<some_files>> lots;
    std::vector<std::thread> callers;
    for (int i = 0; i != 4; ++i) lots.push_back(std::make_unique<some_files>(50));
    for (const auto& lot : lots) callers.emplace_back([&crew, &lot] { crew.sync(lot->all); });
    for (std::thread& one : callers) one.join();
    for (const auto& lot : lots)
        for (const auto& one : lot->owned) EXPECT_EQ(one->syncs, 1);
}

} // namespace disk
