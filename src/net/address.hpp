// Addresses and networks.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {

/// An address as 16 octets; IPv4 as ::ffff:a.b.c.d. Unix-socket peers have the unspecified address.
using address_octets = std::array<std::uint8_t, 16>;
constexpr std::size_t ipv4_starts_at = 12; ///< where the four octets of an IPv4 address stand in it
bool is_ipv4(const address_octets& address);

/// "192.0.2.1" or "2001:db8::1"; nothing else (no names, no zones).
std::optional<address_octets> parse_address(std::string_view text);
std::string format_address(const address_octets& address);

/// Digits alone, 0 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

struct peer_address {
    address_octets octets{};
    std::uint16_t port = 0;
    bool local = false;       ///< a Unix socket
    std::string text() const; ///< "192.0.2.1", "2001:db8::1" or "local": for logs
};

/// "192.0.2.0/24", "2001:db8::/32" or a single address.
class network {
public:
    static std::optional<network> parse(std::string_view text);
    bool contains(const address_octets& address) const;

private:
    address_octets prefix_{};
    unsigned bits_ = 128;
};

/// Where to listen: "ADDR:PORT", "[ADDR6]:PORT", "*:PORT" (both families) or "/path" (a Unix socket).
struct listen_address {
    std::string text;
    std::string path;       ///< not empty: a Unix socket
    std::string host;       ///< an IP address; empty: any, of both families
    std::uint16_t port = 0; ///< 0: the kernel picks
};
base::result<listen_address> parse_listen_address(std::string_view text);

} // namespace net
