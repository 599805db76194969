// A socket that is bound and listens: how an address is taken.
#pragma once

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/descriptor.hpp"
#include "net/listen/listener.hpp"
#include "net/socket_address.hpp"

#include <string>

namespace net {

/// Replaces a socket's file on which nobody answers; whoever has the descriptor removes the file.
base::result<descriptor> listen_unix(const listen_address& address, const listener_settings& settings);

/// `first` fails when anybody listens there; the others join it.
base::result<descriptor> listen_tcp(const listen_address& address, int backlog, bool first);

/// The same socket under another number; not valid where there is none, and errno says why.
descriptor duplicate(int socket);

/// What a socket is bound to, with the real port.
base::result<socket_address> bound_address(int socket);

/// "127.0.0.1:40001", "[::]:110", "/run/restante/lmtp".
std::string name_of(const socket_address& bound);

} // namespace net
