// The pool's threads.
#include "base/worker_pool.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace base {

worker_pool::worker_pool(std::size_t threads, std::size_t queue_max)
    : threads_max_(std::max<std::size_t>(threads, 1)), queue_max_(queue_max)
{
}

worker_pool::~worker_pool()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_.notify_all();
    for (auto& thread : threads_) thread.join();
}

bool worker_pool::submit(std::move_only_function<void()> job)
{
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || jobs_.size() >= queue_max_ || !begin()) return false;
        jobs_.push_back(std::move(job));
    }
    work_.notify_one();
    return true;
}

std::size_t worker_pool::queued() const
{
    const std::lock_guard lock(mutex_);
    return jobs_.size();
}

bool worker_pool::begin()
{
    try {
        while (threads_.size() < threads_max_) threads_.emplace_back([this] { run(); });
    } catch (const std::system_error&) {
        return !threads_.empty(); // the system has no thread more: those there do the work
    }
    return true;
}

void worker_pool::run()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        work_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        lock.lock();
    }
}

} // namespace base
