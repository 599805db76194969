// Prefixes cut from addresses.
#include "base/networks.hpp"

#include <algorithm>
#include <span>

namespace base {
namespace {

constexpr std::array<std::uint8_t, 12> ipv4_mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// Whole octets are enough: all prefixes that are counted end at one.
network_prefix cut(const address_octets& address, std::uint8_t bits)
{
    network_prefix out{address, bits};
    std::fill(out.octets.begin() + bits / 8, out.octets.end(), std::uint8_t{0});
    return out;
}

} // namespace

std::vector<network_share> networks_of(const address_octets& address)
{
    if (std::ranges::equal(ipv4_mapped_prefix, std::span(address).first<12>()))
        return {{cut(address, 128), 1}, {cut(address, 120), 8}};
    return {{cut(address, 64), 1}, {cut(address, 56), 2}, {cut(address, 48), 4}};
}

} // namespace base
