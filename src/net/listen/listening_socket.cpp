// Binding that never steals an address: the kernel decides, not a look beforehand.
#include "net/listen/listening_socket.hpp"

#include "net/plain_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace net {

namespace {

base::error in_use_error(const listen_address& address)
{
    const std::string hint = address.path.empty()
                                 ? "`ss -ltnp sport = :" + std::to_string(address.port) + "` shows which"
                                 : "`ss -lxp src " + address.path + "` shows which";
    return base::temporary_error(base::failure::in_use,
                                 "cannot listen on " + address.text + ": address already in use (" + hint +
                                     "); stop the other program or choose another address");
}

base::error bind_error(const listen_address& address, int number)
{
    if (number == EADDRINUSE) return in_use_error(address);
    std::string remedy;
    if (number == EACCES && address.path.empty())
        remedy = "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
    if (number == EADDRNOTAVAIL) remedy = "; no interface of this machine has that address";
    if (number == ENOENT) remedy = "; its folder does not exist";
    return base::temporary_error(base::failure::network,
                                 "cannot listen on " + address.text + ": " + std::strerror(number) + remedy);
}

int set_option(int socket, int level, int option, int value)
{
    return ::setsockopt(socket, level, option, &value, sizeof(value));
}

/// Nobody listens behind a Unix socket's file: a leftover.
bool is_stale(const socket_address& address)
{
    const descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return probe.valid() && ::connect(probe.get(), address.data(), address.octets) != 0 &&
           errno == ECONNREFUSED;
}

bool is_socket_file(const std::string& path)
{
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

} // namespace

base::result<descriptor> listen_unix(const listen_address& address, const listener_settings& settings)
{
    const auto name = to_socket_address(address);
    descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid()) return base::fail(bind_error(address, errno));
    // The file is born closed to others, and opened to the mode only when all is ready: no moment is too open.
    if (::fchmod(socket.get(), 0600) != 0) return base::fail(bind_error(address, errno));
    int bound = ::bind(socket.get(), name.data(), name.octets);
    if (bound != 0 && errno == EADDRINUSE && is_socket_file(address.path) && is_stale(name)) {
        ::unlink(address.path.c_str());
        bound = ::bind(socket.get(), name.data(), name.octets);
    }
    if (bound != 0) return base::fail(bind_error(address, errno));
    if (::listen(socket.get(), settings.backlog) != 0 ||
        ::chmod(address.path.c_str(), settings.unix_mode) != 0) {
        const int number = errno;
        ::unlink(address.path.c_str());
        return base::fail(bind_error(address, number));
    }
    return socket;
}

// The first socket of an address binds and listens without SO_REUSEPORT, so that the kernel refuses when
// anybody else does; the option is set after that, and lets the siblings in. SO_REUSEADDR only spares waiting
// for old connections to be forgotten.
base::result<descriptor> listen_tcp(const listen_address& address, int backlog, bool first)
{
    auto name = to_socket_address(address);
    descriptor socket(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid() && errno == EAFNOSUPPORT && address.host.empty()) { // a kernel without IPv6
        name = to_socket_address({.text = {}, .path = {}, .host = "0.0.0.0", .port = address.port});
        socket = descriptor(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    }
    if (!socket.valid()) return base::fail(bind_error(address, errno));
    if (name.family() == AF_INET6)
        set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, address.host.empty() ? 0 : 1);
    set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (!first) set_option(socket.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    if (::bind(socket.get(), name.data(), name.octets) != 0) return base::fail(bind_error(address, errno));
    if (::listen(socket.get(), backlog) != 0) return base::fail(bind_error(address, errno));
    if (first) set_option(socket.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    return socket;
}

descriptor duplicate(int socket)
{
    return descriptor(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
}

base::result<socket_address> bound_address(int socket)
{
    socket_address bound;
    // One octet is kept back: a Unix path may fill the structure and end without NUL.
    bound.octets = sizeof(bound.storage) - 1;
    if (::getsockname(socket, bound.data(), &bound.octets) != 0)
        return base::fail(network_error_of(errno, "a listening socket has no address"));
    return bound;
}

std::string name_of(const socket_address& bound)
{
    if (bound.family() == AF_UNIX)
        return reinterpret_cast<const char*>(bound.data()) + offsetof(sockaddr_un, sun_path);
    const auto address = to_peer_address(bound);
    const auto host = address.text();
    const bool ipv6 = bound.family() == AF_INET6;
    return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(address.port);
}

} // namespace net
