// The PROXY protocol, versions 1 and 2: who is behind the proxy that connects to us.
#pragma once

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/listen/stream.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>

namespace net {

/// Version 1: its specification's longest line, with CRLF.
inline constexpr std::size_t proxy_line_octets_max = 107;
/// Version 2: the fixed part, and what we take behind it. Addresses need 216 octets at most; the rest are
/// additions (TLVs) that we pass over, and that a proxy of our own network keeps below this.
inline constexpr std::size_t proxy_fixed_octets = 16;
inline constexpr std::size_t proxy_variable_octets_max = 2048;

/// The header goes on: at least so many octets more belong to it.
struct proxy_needs {
    std::size_t octets = 0;
};
/// A whole header. Without a source (LOCAL, UNKNOWN, a family that is not IP) the proxy speaks for itself,
/// and the address of its connection stands.
struct proxy_header {
    std::size_t octets = 0; ///< of the header
    std::optional<peer_address> source;
};
/// No header: whoever connects must be turned away, for it could claim any address.
struct proxy_malformed {
    std::string_view reason;
};
using proxy_outcome = std::variant<proxy_needs, proxy_header, proxy_malformed>;

/// Looks at the first octets of a connection. Pure.
proxy_outcome parse_proxy_header(std::string_view octets);

/// Reads a header and not an octet more, within `limit` in all; then the stream's peer is the source. To be
/// called only for peers in trusted networks. Fails as reading does, and with `malformed`.
awaitable<base::result<>> read_proxy_header(stream& connection, std::chrono::milliseconds limit);

} // namespace net
