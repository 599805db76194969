// One fsync for many who wait.
#include "disk/posix.hpp"
#include "store/maildir/directory_sync.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

using namespace store::maildir;

namespace {

/// A directory whose sync waits until it is let go, and then says what it was told to.
class slow_directory final : public disk::directory {
public:
    base::result<> sync() override
    {
        ++syncs;
        entered.count_down();
        let_go.wait();
        return answer;
    }

    std::latch entered{1};
    std::latch let_go{1};
    std::atomic<int> syncs = 0;
    base::result<> answer;

    using status_result = base::result<disk::status>;
    base::result<std::unique_ptr<disk::file>> create(std::string_view) override { return nullptr; }
    base::result<std::unique_ptr<disk::file>> open(std::string_view) override { return nullptr; }
    base::result<std::unique_ptr<disk::file>> open_to_append(std::string_view) override { return nullptr; }
    base::result<std::unique_ptr<directory>> open_directory(std::string_view) override { return nullptr; }
    base::result<> make_directory(std::string_view) override { return {}; }
    base::result<> rename(std::string_view, directory&, std::string_view) override { return {}; }
    base::result<> replace(std::string_view, directory&, std::string_view) override { return {}; }
    base::result<> link(std::string_view, directory&, std::string_view) override { return {}; }
    base::result<> remove(std::string_view) override { return {}; }
    base::result<> list(const std::function<void(std::string_view)>&) override { return {}; }
    status_result status(std::string_view) override { return disk::status{}; }
    status_result status() override { return disk::status{}; }
    base::result<std::unique_ptr<disk::lock>> lock_file(std::string_view) override { return nullptr; }
};

} // namespace

TEST(directory_sync, does_not_count_a_sync_that_had_begun)
{
    directory_sync syncs;
    slow_directory first;
    slow_directory second;
    second.let_go.count_down();
    std::thread early([&] { EXPECT_TRUE(syncs.sync("ann/new", first)); });
    first.entered.wait();
    std::thread late([&] { EXPECT_TRUE(syncs.sync("ann/new", second)); });
    EXPECT_EQ(second.syncs, 0) << "one at a time";
    first.let_go.count_down();
    early.join();
    late.join();
    EXPECT_EQ(first.syncs, 1);
    EXPECT_EQ(second.syncs, 1) << "a name that came after the first sync began needs another";
}

TEST(directory_sync, other_directories_do_not_wait)
{
    directory_sync syncs;
    slow_directory stuck;
    slow_directory free;
    free.let_go.count_down();
    std::thread waiting([&] { EXPECT_TRUE(syncs.sync("ann/new", stuck)); });
    stuck.entered.wait();
    EXPECT_TRUE(syncs.sync("bob/new", free));
    stuck.let_go.count_down();
    waiting.join();
}

TEST(directory_sync, tells_its_error_and_tries_once)
{
    directory_sync syncs;
    slow_directory broken;
    broken.let_go.count_down();
    broken.answer = base::fail(base::error_from_errno(5, "fsync"));
    EXPECT_EQ(syncs.sync("ann/new", broken).error().kind, base::failure::storage);
    EXPECT_EQ(broken.syncs, 1);
}

TEST(directory_sync, many_threads_share)
{
    constexpr int threads = 8;
    constexpr int rounds = 50;
    support::temporary_directory folder;
    disk::posix_file_system files;
    directory_sync syncs;
    std::atomic<int> served = 0;
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i)
        running.emplace_back([&] {
            auto directory = files.open(folder.path()).value();
            for (int round = 0; round < rounds; ++round)
                if (syncs.sync("same", *directory)) ++served;
        });
    for (auto& thread : running) thread.join();
    EXPECT_EQ(served, threads * rounds);
}
