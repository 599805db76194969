// Between the kernel's sockaddr and ours.
#pragma once

#include "net/address.hpp"

#include <sys/socket.h>

namespace net {

struct socket_address {
    sockaddr_storage storage{};
    socklen_t octets = sizeof(sockaddr_storage);

    sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }
};

/// Unix sockets give a local address without octets.
peer_address to_peer_address(const socket_address& source);

/// Any host of both families is [::] here; the socket must switch IPV6_V6ONLY off.
socket_address to_socket_address(const listen_address& address);

} // namespace net
