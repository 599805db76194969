// Many sessions at one time, over one thread a core, and what they took.
#pragma once

#include "options.hpp"
#include "wire.hpp"

#include <boost/asio/signal_set.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// What is timed. `opened` is from the beginning to the end of STAT: servers look at a maildrop with either.
enum class step { session, log_in, stat, opened, uidl, list, message };
constexpr std::array<const char*, 7> step_names{"session", "log-in", "STAT",   "log-in to STAT",
                                                "UIDL",    "LIST",   "message"};

using steady = std::chrono::steady_clock;

/// Counted by one thread; summed when all have ended.
struct tally {
    std::uint64_t sessions = 0, messages = 0, octets = 0, delivered = 0, errors = 0;
    std::string first_error;
    std::array<std::vector<std::uint32_t>, step_names.size()> microseconds;

    void time(step what, steady::time_point since);
    void error(const std::string& reason);
    void add(const tally& other);
};

/// One thread: its connections, its buffer, its count.
struct worker {
    asio::io_context context{1};
    std::vector<char> buffer = std::vector<char>(256UL * 1024);
    bench::tally tally;
    std::vector<std::unique_ptr<wire>> held; ///< by idle
    SSL_SESSION* ticket = nullptr;           ///< of the latest session, with --resume
};

/// One session, by its number; true where all went well.
using session = std::function<awaitable<bool>(worker& worker, std::uint64_t number)>;

class load {
public:
    explicit load(const options& asked);
    ~load();
    load(const load&) = delete;
    load& operator=(const load&) = delete;

    /// Runs sessions 0 to asked.sessions - 1, at_once at one time; `beside`, if any, runs on the first thread until
    /// the last session has ended. What is not done when the time is up has failed. SIGINT or SIGTERM lets the
    /// sessions under way end well, for servers punish who goes without a word; those not begun have failed.
    tally run(const session& one, const std::function<awaitable<void>(worker& worker)>& beside = {});
    /// The last session has ended.
    bool over() const { return slots_ == 0; }
    std::vector<std::unique_ptr<worker>>& workers() { return workers_; }

private:
    awaitable<void> slot(worker& worker, const session& one);
    awaitable<void> heed_signals();

    const options& asked_;
    std::vector<std::unique_ptr<worker>> workers_;
    asio::signal_set signals_;
    std::atomic<std::uint64_t> next_ = 0;
    std::atomic<std::uint64_t> ended_ = 0;
    std::atomic<std::size_t> slots_ = 0; ///< that go on
    std::atomic<bool> stopped_ = false;
};

} // namespace bench
