// A thread that waits for the signals by which people steer a program.
#pragma once

#include <functional>
#include <thread>

namespace cli {

/// Waits on a thread of its own for SIGHUP, SIGTERM and SIGINT, which are blocked in every thread made after
/// it. Make it before any other thread.
class signal_watch {
public:
    signal_watch();
    ~signal_watch();
    signal_watch(const signal_watch&) = delete;
    signal_watch& operator=(const signal_watch&) = delete;

    /// Begins to call: on SIGHUP `reload`, on each SIGTERM or SIGINT `stop`.
    void start(std::function<void()> reload, std::function<void()> stop);

private:
    std::thread thread_;
};

} // namespace cli
