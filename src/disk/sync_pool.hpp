// Threads that sync many files while their caller waits once.
#pragma once

#include "disk/file_system.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace disk {

/// Begun with the first files and kept for the next: to begin a thread costs as much as a sync. Safe from any thread.
class sync_pool {
public:
    sync_pool() = default;
    ~sync_pool();
    sync_pool(const sync_pool&) = delete;
    sync_pool& operator=(const sync_pool&) = delete;

    /// file::sync() of each; the results in the order of the files.
    std::vector<base::result<>> sync(std::span<file* const> files);

private:
    void grow(std::size_t count);
    void work();
    void do_share(std::unique_lock<std::mutex>& guard); ///< until no file is left to begin

    std::mutex calls_; ///< one call at a time
    std::mutex mutex_; ///< of all below
    std::condition_variable begun_, ended_;
    std::span<file* const> those_;
    std::vector<base::result<>>* outcomes_ = nullptr;
    std::size_t next_ = 0, left_ = 0;
    bool over_ = false;
    std::vector<std::thread> threads_; ///< touched by callers only
};

} // namespace disk
