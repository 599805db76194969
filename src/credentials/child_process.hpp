// Another program that we start, feed or listen to, and end: no shell of ours, no leaked descriptor, a limit on it all.
#pragma once

#include "base/result.hpp"
#include "net/descriptor.hpp"

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace credentials {

struct child_settings {
    std::vector<std::string> argv; ///< argv[0] is looked for in PATH where it has no '/'
    /// We write to its standard input; else that is `input`.
    bool feeds = false;
    int input = -1;       ///< open, and read from where it stands; -1: /dev/null
    bool listens = false; ///< we read its standard output; else that is /dev/null
    bool silent = false;  ///< its standard error is /dev/null
    /// A process group of its own, killed as a whole. Off for what may talk to the terminal (a passphrase prompt).
    bool own_group = true;
    std::chrono::milliseconds limit{60'000}; ///< for its whole life
};

/// Its standard error is ours unless it is silent, every other descriptor is closed in it, and signals are as a new
/// program has them.
/// Destroyed before finish(), it is killed. One thread uses it.
class child_process {
public:
    /// `refused` where the program cannot be started.
    static base::result<child_process> start(const child_settings& settings);
    child_process(child_process&& other) noexcept;
    child_process& operator=(child_process&&) = delete;
    ~child_process();

    /// `closed` where it no longer reads; `timed_out`. Never raises SIGPIPE.
    base::result<> write(std::string_view octets);
    /// All that it prints until it closes its output; `too_large` above `octets_max`, `timed_out`.
    base::result<std::string> read_all(std::size_t octets_max);

    /// The same, but what is above `octets_max` is cut off: then finish() is not to be called, for it may print still.
    base::result<std::string> read_beginning(std::size_t octets_max);

    struct ending {
        int exit_status = -1; ///< 0–255; -1: a signal ended it
        int signal = 0;
    };
    /// Waits until it has ended; `timed_out`: it was killed.
    base::result<ending> finish();

private:
    child_process() = default;
    base::result<std::string> read_as_far_as(std::size_t octets_max, bool& all_of_it);
    base::result<> wait_for(int descriptor, short events);
    void kill();

    std::string name_;
    pid_t process_ = -1;
    bool own_group_ = true;
    std::chrono::steady_clock::time_point deadline_;
    net::descriptor input_, output_, alive_;
};

} // namespace credentials
