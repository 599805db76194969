// Reading and writing of addresses, networks and listen addresses.
#include "net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace net {

namespace {

constexpr address_octets ipv4_mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned address_bits = 128;
constexpr unsigned ipv4_mapped_bits = 96;

template <typename Number>
std::optional<Number> parse_number(std::string_view text, Number most)
{
    Number value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || fault != std::errc{} || end != text.data() + text.size() || value > most)
        return std::nullopt;
    return value;
}

base::error bad_listen_address(std::string_view text, std::string_view reason)
{
    return base::permanent_error(base::failure::malformed,
                                 "cannot listen on \"" + std::string(text) + "\": " + std::string(reason) +
                                     "; write ADDR:PORT, [ADDR6]:PORT, *:PORT or /path");
}

base::result<listen_address> parse_unix_path(std::string_view text)
{
    if (text.size() >= sizeof(sockaddr_un::sun_path))
        return base::fail(bad_listen_address(text, "a socket's path has at most 107 octets"));
    if (text.find('\0') != std::string_view::npos)
        return base::fail(bad_listen_address(text, "there is a NUL in it"));
    return listen_address{.text = std::string(text), .path = std::string(text), .host = {}, .port = 0};
}

} // namespace

bool is_ipv4(const address_octets& address)
{
    return std::equal(address.begin(), address.begin() + ipv4_starts_at, ipv4_mapped_prefix.begin());
}

std::optional<address_octets> parse_address(std::string_view text)
{
    const std::string terminated(text);
    if (terminated.find('\0') != std::string::npos) return std::nullopt;
    address_octets address = ipv4_mapped_prefix;
    if (::inet_pton(AF_INET, terminated.c_str(), address.data() + ipv4_starts_at) == 1) return address;
    if (::inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
    return std::nullopt;
}

std::string format_address(const address_octets& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_ipv4(address))
        ::inet_ntop(AF_INET, address.data() + ipv4_starts_at, text.data(), text.size());
    else
        ::inet_ntop(AF_INET6, address.data(), text.data(), text.size());
    return text.data();
}

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    return parse_number<std::uint16_t>(text, 65535);
}

std::string peer_address::text() const
{
    return local ? "local" : format_address(octets);
}

std::optional<network> network::parse(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    network parsed;
    parsed.prefix_ = *address;
    if (slash == std::string_view::npos) return parsed;
    const bool ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
    const auto bits = parse_number<unsigned>(text.substr(slash + 1), ipv4 ? 32U : address_bits);
    if (!bits) return std::nullopt;
    parsed.bits_ = ipv4 ? ipv4_mapped_bits + *bits : *bits;
    return parsed;
}

bool network::contains(const address_octets& address) const
{
    const std::size_t whole = bits_ / 8;
    if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), prefix_.begin()))
        return false;
    if (bits_ % 8 == 0) return true;
    const unsigned mask = 0xffU << (8 - bits_ % 8) & 0xffU;
    return (address[whole] & mask) == (prefix_[whole] & mask);
}

base::result<listen_address> parse_listen_address(std::string_view text)
{
    if (text.starts_with('/')) return parse_unix_path(text);
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return base::fail(bad_listen_address(text, "the port is missing"));
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return base::fail(bad_listen_address(text, "the port is not a number from 0 to 65535"));
    auto host = text.substr(0, colon);
    const bool in_brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    if (in_brackets) host = host.substr(1, host.size() - 2);
    if (host == "*" && !in_brackets)
        host = {};
    else if (!parse_address(host) || in_brackets != (host.find(':') != std::string_view::npos))
        return base::fail(bad_listen_address(text, "that is not an IP address (IPv6 goes in brackets)"));
    return listen_address{.text = std::string(text), .path = {}, .host = std::string(host), .port = *port};
}

} // namespace net
