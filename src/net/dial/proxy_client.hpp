// Asking a proxy to connect us to a host: SOCKS5 (RFC 1928, 1929) and HTTP CONNECT (RFC 9110, section 9.3.6).
#pragma once

#include "net/dial/connection.hpp"
#include "net/dial/dial.hpp"
#include "net/dial/socket_connection.hpp"

namespace net {

/// Takes exactly the proxy's octets from `over`: what follows is the host's. The name goes to the proxy unresolved.
/// `refused` (not temporary) where the proxy denies us; `network` where it cannot reach the host.
base::result<> ask_proxy(connection& over, const proxy& settings, const std::string& host, std::uint16_t port,
                         steady_deadline until);

} // namespace net
