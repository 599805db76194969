// The addresses of a host.
#pragma once

#include "base/result.hpp"
#include "net/dial/dial.hpp"
#include "net/dial/socket_connection.hpp"
#include "net/socket_address.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace net {

/// In the order in which to try them: as the resolver ranks them (RFC 6724), families by turns (RFC 8305,
/// section 4), at most 16; localhost is loopback (RFC 6761, section 6.3). `name` is ASCII or an address.
/// `network` where there is none.
base::result<std::vector<socket_address>> resolve(const std::string& name, std::uint16_t port, family version,
                                                  steady_deadline until, const interrupt* stop);

/// Families by turns, the first one's first; otherwise as they were. At most 16.
std::vector<socket_address> interleave(const std::vector<socket_address>& ranked);

} // namespace net
