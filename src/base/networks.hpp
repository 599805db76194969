// The networks that an address lies in: what is counted where one address counts for too little.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <vector>

namespace base {

/// An address as 16 octets; IPv4 as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2).
using address_octets = std::array<std::uint8_t, 16>;

struct network_prefix {
    address_octets octets{}; ///< zero behind the prefix
    std::uint8_t bits = 128; ///< of the 128
    auto operator<=>(const network_prefix&) const = default;
};

struct network_share {
    network_prefix network;
    unsigned factor = 1; ///< how many times what one address may do is too much for this network
};

/// From the smallest to the largest. IPv6: the /64 of one line (1), its /56 (2) and /48 (4), which a provider
/// gives to one customer whole (RFC 6177). IPv4: the address (1) and its /24 (8), in which many customers are.
std::vector<network_share> networks_of(const address_octets& address);

} // namespace base
