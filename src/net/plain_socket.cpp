// System calls on a socket, and what their errors mean.
#include "net/plain_socket.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace net {

namespace {

base::result<step> would_block_or_fail(readiness wait_for, const char* doing)
{
    if (errno == EAGAIN || errno == EINTR) return step{.wait_for = wait_for};
    return base::fail(network_error_of(errno, doing));
}

} // namespace

base::error network_error_of(int number, std::string_view doing)
{
    const bool gone = number == ECONNRESET || number == EPIPE;
    return base::temporary_error(gone ? base::failure::closed : base::failure::network,
                                 std::string(doing) + ": " + std::strerror(number));
}

base::error cancelled_error()
{
    return base::temporary_error(base::failure::closed, "the connection was ended from this side");
}

base::error late_error()
{
    return base::temporary_error(base::failure::timed_out, "the peer was too slow");
}

base::result<step> read_plain(int socket, std::span<char> buffer)
{
    const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (got > 0) return step{.octets = static_cast<std::size_t>(got)};
    if (got == 0)
        return base::fail(base::temporary_error(base::failure::closed, "the peer closed the connection"));
    return would_block_or_fail(readiness::readable, "reading from the connection");
}

base::result<step> write_plain(int socket, std::string_view octets, int flags)
{
    const auto sent = ::send(socket, octets.data(), octets.size(), flags | MSG_NOSIGNAL);
    if (sent > 0)
        return step{.octets = static_cast<std::size_t>(sent), .sent = static_cast<std::size_t>(sent)};
    return would_block_or_fail(readiness::writable, "writing to the connection");
}

} // namespace net
