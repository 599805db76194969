// Where the events of a running daemon go: one event, one line, one write.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "net/descriptor.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cli {

/// Key=value:  `2026-11-24T15:00:00.123Z info event key=value`
/// JSON:       `{"event":"…","time":"…","level":"info",…}`
/// In the journal's form the time is left out and "<6>" goes in front (sd-daemon(3)).
/// A reader that stalls stops nobody: lines are queued, and dropped and counted where the queue is full (log_writer).
class log_sink final : public base::log {
public:
    /// Opens the target. The file is made where missing (0640 under the umask), always appended to; links are refused.
    static base::result<std::unique_ptr<log_sink>> open(const config::configuration::log_values& settings,
                                                        const std::string& file_path,
                                                        const base::clock& clock);
    ~log_sink() override;

    /// Starts the thread that writes; what was logged before waits for it. Once, when no capability is left to inherit.
    void begin();

    void write(base::severity level, std::string_view event, std::span<const base::field> fields) override;

    /// Takes another target, format and level; the file is opened anew even where its name is the same
    /// (logrotate). On an error it goes on as before.
    base::result<> change(const config::configuration::log_values& settings, const std::string& file_path);

    std::uint64_t lines_dropped() const; ///< since the start, whatever the reason

private:
    struct state;
    explicit log_sink(std::unique_ptr<state> opened);
    std::unique_ptr<state> state_;
};

// The thread that writes the log's lines, and the bounded queue in front of it.

/// Whoever reads the log may stall: write() never waits. What does not fit into the queue is dropped and counted,
/// and the count becomes a line of its own where the lines are missing.
class log_writer {
public:
    using output = std::shared_ptr<const net::descriptor>;
    struct line {
        output destination;
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
