// One way to end every wait of a client at once: Ctrl-C, the end of a daemon.
#pragma once

#include "net/descriptor.hpp"

#include <atomic>

namespace net {

/// Once tripped, every wait that was given it ends with `closed`, now and later. Safe from any thread;
/// trip() from a signal handler too.
class interrupt {
public:
    interrupt();
    void trip() noexcept;
    bool tripped() const noexcept { return tripped_.load(std::memory_order_acquire); }
    int descriptor() const noexcept { return event_.get(); } ///< readable once tripped, for poll(2)

private:
    static_assert(std::atomic<bool>::is_always_lock_free, "trip() is for signal handlers");
    std::atomic<bool> tripped_ = false;
    net::descriptor event_;
};

} // namespace net
