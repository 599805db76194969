// From the path of a Unix socket to an open connection.
#include "net/dial/dial.hpp"
#include "net/dial/socket_connection.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace net {

base::result<std::unique_ptr<connection>> dial_path(const std::string& path, std::chrono::milliseconds limit,
                                                    std::shared_ptr<const interrupt> stop)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path) || path.find('\0') != std::string::npos)
        return base::fail(
            base::permanent_error(base::failure::malformed,
                                  "\"" + path + "\" cannot be the path of a Unix socket (1 to 107 octets)"));
    std::memcpy(address.sun_path, path.data(), path.size());

    descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // A full queue makes connect(2) wait; this ends the wait. A blocking socket, as a non-blocking one fails at once.
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(limit);
    const timeval patience{seconds.count(), 0};
    if (!socket.valid() ||
        setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
        connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        const bool slow = errno == EAGAIN;
        return base::fail(
            {slow ? base::failure::timed_out : base::failure::network,
             true,
             {},
             "cannot reach " + path + ": " + (slow ? "no answer in time" : std::strerror(errno))});
    }
    return make_connection(std::move(socket), path, std::move(stop));
}

} // namespace net
