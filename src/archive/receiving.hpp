// Messages on their way in, by two threads: one asks for them and writes them down, the other settles what is whole.
#pragma once

#include "archive/group.hpp"
#include "archive/run.hpp"
#include "base/result.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace archive {

// Jobs that are done in their order while who gives them goes on: messages come in while those before them are made
// durable.

/// Given to and waited for by one thread. After an error no later job is begun.
class serial_queue {
public:
    using job = std::move_only_function<base::result<>()>;

    /// `beside`: on a thread of its own; else, and where none is to be had, each job is done by who gives it, at once.
    explicit serial_queue(bool beside);
    /// Waits for what is under way and leaves out the rest; who wants all done calls wait() before.
    ~serial_queue();
    serial_queue(const serial_queue&) = delete;
    serial_queue& operator=(const serial_queue&) = delete;

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

/// What becomes of messages that come in, as jobs that are done in their order. From the first one to wait(), its jobs
/// alone touch what the run knows and reports, and the session.
class settling {
public:
    /// `beside`: on a thread of its own; else each job is done by who gives it.
    settling(run& current, run_session& session, bool beside)
        : run_(current), session_(session), line_(beside)
    {
    }

    /// Makes it durable that these, by their place in the plan, are to be asked for.
    base::result<> intend(std::span<const std::size_t> indexes);
    base::result<> settle(std::vector<arrival> group);
    /// The message with this number could not be had.
    base::result<> fail(std::uint64_t number, std::string reason, bool temporary);

    /// How many jobs were given.
    std::uint64_t given() const { return line_.given(); }
    /// Until so many are done; the first error of them.
    base::result<> wait_for(std::uint64_t jobs) { return line_.wait_for(jobs); }
    base::result<> wait() { return line_.wait(); }

private:
    base::result<> record_intentions(std::span<const std::size_t> indexes);

    run& run_;
    run_session& session_;
    serial_queue line_; ///< last: its jobs use the rest
};

/// Asks for messages and writes them down. Of the run it has what never changes, and the progress.
class message_receiver {
public:
    /// `tight`: the disk is full, and a failure is to cost few messages.
    message_receiver(const run_inputs& inputs, progress_meter& progress, client::maildrop& drop,
                     const fetch_plan& plan, settling& settling, bool tight);

    /// Receives these, by their place in the plan, until they are settled or the run is to stop.
    run_step receive(std::span<const std::size_t> indexes);

private:
    run_step receive_stride(std::span<const std::size_t> indexes);

    const run_inputs& inputs_;
    progress_meter& progress_;
    client::maildrop& drop_;
    const fetch_plan& plan_;
    settling& settling_;
    const std::size_t stride_messages_, group_messages_;
};

} // namespace archive
