// PROXY headers: whatever comes, an outcome that fits, and the same one octet by octet.
#include "net/listen/proxy_protocol.hpp"

#include "fuzz/require.hpp"

#include <cstdint>

using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    const std::string_view all(reinterpret_cast<const char*>(octets), size);
    const auto whole = net::parse_proxy_header(all);
    if (const auto* header = std::get_if<net::proxy_header>(&whole)) {
        require(header->octets <= size);
        for (std::size_t cut = 0; cut < header->octets; ++cut) {
            const auto part = net::parse_proxy_header(all.substr(0, cut));
            const auto* const needs = std::get_if<net::proxy_needs>(&part);
            require(needs != nullptr && needs->octets > 0 && cut + needs->octets <= header->octets);
        }
    } else if (const auto* needs = std::get_if<net::proxy_needs>(&whole)) {
        require(needs->octets > 0);
        require(size + needs->octets <= net::proxy_fixed_octets + net::proxy_variable_octets_max);
    }
    return 0;
}
