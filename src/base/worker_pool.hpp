// A few threads for work that blocks: disk, directory scans, password hashes.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace base {

/// A bounded queue and the threads that empty it. Jobs must not throw.
class worker_pool {
public:
    /// `threads` threads (at least 1); at most `queue_max` jobs wait. The threads begin with the first job: until then
    /// the process can give up rights, which belong to threads.
    worker_pool(std::size_t threads, std::size_t queue_max);
    /// Finishes every job that was taken, then joins.
    ~worker_pool();
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    /// False when the queue is full: the job was not taken, and the caller says "later".
    bool submit(std::move_only_function<void()> job);

    std::size_t queued() const; ///< jobs that wait for a thread

private:
    bool begin(); ///< under the lock
    void run();

    const std::size_t threads_max_, queue_max_;
    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::deque<std::move_only_function<void()>> jobs_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace base
