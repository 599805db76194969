// A thread that waits for the signals by which people steer a program.
#include "cli/signal_watch.hpp"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace cli {

namespace {

// What ends the watch itself: only signal_watch sends it, to its own thread.
constexpr int end_of_watch = SIGUSR1;

sigset_t watched_signals()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&set, signal);
    return set;
}

} // namespace

signal_watch::signal_watch()
{
    auto set = watched_signals();
    sigaddset(&set, end_of_watch);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

signal_watch::~signal_watch()
{
    if (!thread_.joinable()) return;
    pthread_kill(thread_.native_handle(), end_of_watch);
    thread_.join();
}

void signal_watch::start(std::function<void()> reload, std::function<void()> stop)
{
    thread_ = std::thread([reload = std::move(reload), stop = std::move(stop)] {
        auto set = watched_signals();
        sigaddset(&set, end_of_watch);
        for (;;) {
            int signal = 0;
            if (sigwait(&set, &signal) != 0) continue;
            if (signal == end_of_watch) return;
            if (signal == SIGHUP)
                reload();
            else
                stop();
        }
    });
}

} // namespace cli
