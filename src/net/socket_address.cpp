// Between the kernel's sockaddr and ours.
#include "net/socket_address.hpp"

#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace net {

namespace {

template <typename Sockaddr>
Sockaddr read_as(const socket_address& address)
{
    Sockaddr typed;
    std::memcpy(&typed, &address.storage, sizeof(typed));
    return typed;
}

template <typename Sockaddr>
socket_address made_from(const Sockaddr& typed)
{
    socket_address made;
    std::memcpy(&made.storage, &typed, sizeof(typed));
    made.octets = sizeof(typed);
    return made;
}

socket_address unix_address(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto octets = std::min(path.size(), sizeof(address.sun_path) - 1);
    std::memcpy(address.sun_path, path.data(), octets);
    return made_from(address);
}

socket_address ipv4_address(const address_octets& host, std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    std::memcpy(&address.sin_addr, host.data() + ipv4_starts_at, sizeof(address.sin_addr));
    return made_from(address);
}

socket_address ipv6_address(const address_octets& host, std::uint16_t port)
{
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    std::memcpy(&address.sin6_addr, host.data(), sizeof(address.sin6_addr));
    return made_from(address);
}

} // namespace

peer_address to_peer_address(const socket_address& source)
{
    peer_address peer;
    if (source.family() == AF_INET) {
        const auto address = read_as<sockaddr_in>(source);
        peer.octets[10] = peer.octets[11] = 0xff;
        std::memcpy(peer.octets.data() + ipv4_starts_at, &address.sin_addr, sizeof(address.sin_addr));
        peer.port = ntohs(address.sin_port);
    } else if (source.family() == AF_INET6) {
        const auto address = read_as<sockaddr_in6>(source);
        std::memcpy(peer.octets.data(), &address.sin6_addr, peer.octets.size());
        peer.port = ntohs(address.sin6_port);
    } else {
        peer.local = true;
    }
    return peer;
}

socket_address to_socket_address(const listen_address& address)
{
    if (!address.path.empty()) return unix_address(address.path);
    if (address.host.empty()) return ipv6_address({}, address.port);
    const auto host = parse_address(address.host).value_or(address_octets{});
    const bool ipv4 = address.host.find(':') == std::string::npos;
    return ipv4 ? ipv4_address(host, address.port) : ipv6_address(host, address.port);
}

} // namespace net
