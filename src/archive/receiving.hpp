// Messages on their way in, by two threads: one asks for them and writes them down, the other settles what is whole.
#pragma once

#include "archive/group.hpp"
#include "archive/job_line.hpp"
#include "archive/run.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace archive {

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
    base::result<> intend(std::span<const std::size_t> those);
    base::result<> settle(std::vector<arrival> group);
    /// The message with this number could not be had.
    base::result<> fail(std::uint64_t number, std::string why, bool temporary);

    /// How many jobs were given.
    std::uint64_t given() const { return line_.given(); }
    /// Until so many are done; the first error of them.
    base::result<> wait_for(std::uint64_t jobs) { return line_.wait_for(jobs); }
    base::result<> wait() { return line_.wait(); }

private:
    base::result<> record_intentions(std::span<const std::size_t> those);

    run& run_;
    run_session& session_;
    job_line line_; ///< last: its jobs use the rest
};

/// Asks for messages and writes them down. Of the run it has what never changes, and the progress.
class message_receiver {
public:
    /// `tight`: the disk is full, and a failure is to cost few messages.
    message_receiver(const run_inputs& inputs, progress_meter& progress, client::maildrop& drop,
                     const fetch_plan& plan, settling& settling, bool tight);

    /// Receives these, by their place in the plan, until they are settled or the run is to stop.
    run_step receive(std::span<const std::size_t> those);

private:
    run_step receive_stride(std::span<const std::size_t> those);

    const run_inputs& inputs_;
    progress_meter& progress_;
    client::maildrop& drop_;
    const fetch_plan& plan_;
    settling& settling_;
    const std::size_t stride_messages_, group_messages_;
};

} // namespace archive
