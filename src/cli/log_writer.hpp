// The thread that writes the log's lines, and the bounded queue in front of it.
#pragma once

#include "net/descriptor.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cli {

/// Whoever reads the log may stall: write() never waits. What does not fit into the queue is dropped and counted,
/// and the count becomes a line of its own where the lines are missing.
class log_writer {
public:
    using output = std::shared_ptr<const net::descriptor>;
    struct line {
        output to;
        std::string text; ///< with its line end
    };
    /// Makes the line that reports how many were dropped. Called by the writing thread, under its lock.
    using report = std::function<line(std::uint64_t dropped)>;

    /// Some seconds of a busy server, and little memory.
    static constexpr std::size_t octets_max = std::size_t{4} << 20U;
    static constexpr std::size_t lines_max = 16384;
    /// How long the end waits for a reader that does not read.
    static constexpr std::chrono::milliseconds end_limit{2000};

    explicit log_writer(report dropped);
    /// Writes what is queued for at most end_limit; the rest is given up.
    ~log_writer();
    log_writer(const log_writer&) = delete;
    log_writer& operator=(const log_writer&) = delete;

    /// Starts the thread; until then lines wait in the queue. Once.
    void begin();
    /// From any thread.
    void write(line added);
    std::uint64_t dropped() const; ///< lines, since it was made

    /// Lets a signal that kills the process (SIGSEGV, SIGABRT and the like) wait up to a second for the lines in the
    /// queue. Only a signal that nobody else handles is taken, and only one log_writer may ask for it.
    void outlive_crashes();

private:
    struct state;
    bool begun_ = false;
    std::shared_ptr<state>
        state_; ///< the thread has a share: it may be left behind in a write that never returns
};

} // namespace cli
