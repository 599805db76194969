// Connecting to the first of several addresses that answers (RFC 8305, section 5).
#pragma once

#include "base/result.hpp"
#include "net/dial/socket_connection.hpp"
#include "net/socket_address.hpp"

#include <optional>
#include <string>
#include <vector>

namespace net {

struct connected_socket {
    descriptor socket;
    socket_address peer;
};

/// Starts with the first, goes on to the next after 250 ms or at a refusal, and keeps whichever connects first.
/// `source` is an address to bind to; addresses of the other family are not tried. `network` where all fail,
/// `timed_out` where the deadline passes: the text says what each address said.
base::result<connected_socket> connect_to_any(const std::vector<socket_address>& addresses,
                                              const std::optional<address_octets>& source,
                                              steady_deadline until, const interrupt* stop);

} // namespace net
