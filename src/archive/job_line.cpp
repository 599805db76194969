// One thread, one queue.
#include "archive/job_line.hpp"

#include <system_error>
#include <utility>

namespace archive {

namespace {

constexpr std::size_t waiting_max = 1; // each holds its messages' files open

} // namespace

job_line::job_line(bool beside)
{
    if (!beside) return;
    try {
        thread_.emplace([this] { work(); });
    } catch (const std::system_error&) { // NOLINT(bugprone-empty-catch)
        // No thread is to be had: whoever gives a job does it.
    }
}

job_line::~job_line()
{
    if (!thread_) return;
    {
        const std::lock_guard guard(mutex_);
        over_ = true;
        waiting_.clear();
    }
    changed_.notify_all();
    thread_->join();
}

base::result<> job_line::give(job next)
{
    if (!thread_) {
        ++given_;
        if (!trouble_)
            if (auto done = next(); !done) trouble_ = done.error();
        return outcome();
    }
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [this] { return waiting_.size() < waiting_max || trouble_; });
    if (trouble_) return outcome();
    waiting_.push_back(std::move(next));
    ++given_;
    guard.unlock();
    changed_.notify_all();
    return {};
}

base::result<> job_line::wait_for(std::uint64_t jobs)
{
    if (!thread_) return outcome();
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [&] { return done_ >= jobs || (trouble_ && !working_); });
    return outcome();
}

base::result<> job_line::outcome() const
{
    if (trouble_) return base::fail(*trouble_);
    return {};
}

void job_line::work()
{
    std::unique_lock guard(mutex_);
    for (;;) {
        changed_.wait(guard, [this] { return over_ || !waiting_.empty(); });
        if (over_) return;
        job next = std::move(waiting_.front());
        waiting_.pop_front();
        working_ = true;
        guard.unlock();
        changed_.notify_all();
        auto done = next();
        next = nullptr; // what it holds goes here, on this thread
        guard.lock();
        working_ = false;
        ++done_;
        if (!done) {
            trouble_ = done.error();
            waiting_.clear();
        }
        changed_.notify_all();
    }
}

} // namespace archive
