// An eventfd that is written once and never read.
#include "net/interrupt.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace net {

interrupt::interrupt() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (!event_.valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void interrupt::trip() noexcept
{
    const int kept = errno; // a signal handler may have come between a call and the look at its error
    tripped_.store(true, std::memory_order_release);
    [[maybe_unused]] const int written = ::eventfd_write(event_.get(), 1);
    errno = kept;
}

} // namespace net
