// A connection over a socket, and the wait that everything in a client's end shares.
#pragma once

#include "net/deadline.hpp"
#include "net/descriptor.hpp"
#include "net/dial/connection.hpp"
#include "net/interrupt.hpp"

#include <poll.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>

namespace net {

/// poll(2) until one of `watched` is ready, which may be none at all. `timed_out` at the deadline, `closed` when
/// `stop` (may be null) was tripped.
base::result<> wait_for_any(std::span<pollfd> watched, steady_deadline until, const interrupt* stop);

/// Takes a connected socket: makes it non-blocking, sends without delay (TCP_NODELAY).
std::unique_ptr<connection> make_connection(descriptor connected, std::string peer,
                                            std::shared_ptr<const interrupt> stop);

} // namespace net
