// Jobs that are done in their order while who gives them goes on: messages come in while those before them are made
// durable.
#pragma once

#include "base/result.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace archive {

/// Given to and waited for by one thread. After an error no later job is begun.
class job_line {
public:
    using job = std::move_only_function<base::result<>()>;

    /// `beside`: on a thread of its own; else, and where none is to be had, each job is done by who gives it, at once.
    explicit job_line(bool beside);
    /// Waits for what is under way and leaves out the rest; who wants all done calls wait() before.
    ~job_line();
    job_line(const job_line&) = delete;
    job_line& operator=(const job_line&) = delete;

    /// Takes the job, after waiting until no more than one other is left; or tells the first error of those before it.
    base::result<> give(job next);
    /// How many were taken.
    std::uint64_t given() const { return given_; }
    /// Until the first so many are done, or an error ended it all: that error.
    base::result<> wait_for(std::uint64_t jobs);
    /// Until all that was given is done: the first error, if any.
    base::result<> wait() { return wait_for(given_); }

private:
    void work();
    base::result<> outcome() const; ///< with the mutex held

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<job> waiting_;
    std::uint64_t given_ = 0; ///< the giver's own
    std::uint64_t done_ = 0;
    bool working_ = false, over_ = false;
    std::optional<base::error> trouble_;
    std::optional<std::thread> thread_; ///< last: it uses the rest
};

} // namespace archive
