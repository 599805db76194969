// One attempt at a non-blocking socket without TLS, and the errors of sockets.
#pragma once

#include "base/result.hpp"
#include "net/step.hpp"

#include <span>
#include <string>
#include <string_view>

namespace net {

/// `closed` at the end and after a reset, else `network`.
base::result<step> read_plain(int socket, std::span<char> buffer);
/// `flags`: of send(2).
base::result<step> write_plain(int socket, std::string_view octets, int flags = 0);

// Temporary, all of them: another connection may fare better.

/// ECONNRESET and EPIPE are `closed`.
base::error network_error_of(int number, std::string_view doing);
/// Ended from this side.
base::error cancelled_error();
base::error late_error();

} // namespace net
