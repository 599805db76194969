// Where the events of a running daemon go: one event, one line, one write.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"

#include <memory>

namespace cli {

/// Key=value:  `2026-11-24T15:00:00.123Z info event key=value`
/// JSON:       `{"event":"…","time":"…","level":"info",…}`
/// In the journal's form the time is left out and "<6>" goes in front (sd-daemon(3)).
/// A reader that stalls stops nobody: lines are queued, and dropped and counted where the queue is full (log_writer).
class log_sink final : public base::log {
public:
    /// Opens the target. The file is made where missing (0640 under the umask), always appended to; links are refused.
    static base::result<std::unique_ptr<log_sink>> open(const config::configuration::log_values& how,
                                                        const std::string& file_path,
                                                        const base::clock& clock);
    ~log_sink() override;

    /// Starts the thread that writes; what was logged before waits for it. Once, when no capability is left to inherit.
    void begin();

    void write(base::severity level, std::string_view event, std::span<const base::field> fields) override;

    /// Takes another target, format and level; the file is opened anew even where its name is the same
    /// (logrotate). On an error it goes on as before.
    base::result<> change(const config::configuration::log_values& how, const std::string& file_path);

    std::uint64_t lines_dropped() const; ///< since the start, whatever the reason

private:
    struct state;
    explicit log_sink(std::unique_ptr<state> opened);
    std::unique_ptr<state> state_;
};

} // namespace cli
