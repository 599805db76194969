// One list of files at a time, from which each thread takes the next.
#include "disk/sync_pool.hpp"

#include <algorithm>
#include <system_error>

namespace disk {

namespace {

// A journalling file system makes one commit for all who wait at once. Ever more of them bring ever less: see
// docs/disk.md.
constexpr std::size_t syncs_at_once_max = 16;

} // namespace

sync_pool::~sync_pool()
{
    {
        const std::lock_guard guard(mutex_);
        over_ = true;
    }
    begun_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

std::vector<base::result<>> sync_pool::sync(std::span<file* const> files)
{
    std::vector<base::result<>> outcomes(files.size());
    const std::lock_guard one_call(calls_);
    grow(std::min(files.size(), syncs_at_once_max));
    std::unique_lock guard(mutex_);
    those_ = files;
    outcomes_ = &outcomes;
    next_ = 0;
    left_ = files.size();
    begun_.notify_all();
    do_share(guard);
    ended_.wait(guard, [this] { return left_ == 0; });
    those_ = {};
    return outcomes;
}

void sync_pool::grow(std::size_t count)
{
    try {
        while (threads_.size() + 1 < count) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) { // NOLINT(bugprone-empty-catch)
        // No thread is to be had: those at work do it all.
    }
}

void sync_pool::work()
{
    std::unique_lock guard(mutex_);
    for (;;) {
        begun_.wait(guard, [this] { return over_ || next_ < those_.size(); });
        if (over_) return;
        do_share(guard);
    }
}

void sync_pool::do_share(std::unique_lock<std::mutex>& guard)
{
    while (next_ < those_.size()) {
        const std::size_t offset = next_++;
        file& file = *those_[offset];
        guard.unlock();
        auto done = file.sync();
        guard.lock();
        (*outcomes_)[offset] = std::move(done);
        if (--left_ == 0) ended_.notify_one();
    }
}

} // namespace disk
