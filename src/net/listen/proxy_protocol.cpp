// The PROXY protocol's two forms: a line, and octets behind a signature.
#include "net/listen/proxy_protocol.hpp"

#include "net/asio.hpp"
#include "net/deadline.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace net {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view signature_1 = "PROXY ";
constexpr std::string_view signature_2 = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::string_view line_end = "\r\n";
/// "PROXY UNKNOWN" and CRLF: no line is shorter.
constexpr std::size_t proxy_line_octets_min = 15;
constexpr std::size_t words_in_a_line = 6; // PROXY, family, two addresses, two ports

bool begins(std::string_view octets, std::string_view signature)
{
    const auto common = std::min(octets.size(), signature.size());
    return octets.substr(0, common) == signature.substr(0, common);
}

std::uint8_t octet_at(std::string_view octets, std::size_t index)
{
    return static_cast<std::uint8_t>(octets[index]);
}

std::uint16_t number_at(std::string_view octets, std::size_t index)
{
    return static_cast<std::uint16_t>(octet_at(octets, index) << 8U | octet_at(octets, index + 1));
}

std::optional<std::uint16_t> port_word(std::string_view text)
{
    const bool leading_zero = text.size() > 1 && text.front() == '0';
    return leading_zero ? std::nullopt : parse_port(text);
}

std::optional<std::array<std::string_view, words_in_a_line>> split(std::string_view line)
{
    std::array<std::string_view, words_in_a_line> words;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto space = line.find(' ');
        const bool last = i + 1 == words.size();
        if (last != (space == std::string_view::npos)) return std::nullopt;
        words[i] = line.substr(0, space);
        line.remove_prefix(last ? line.size() : space + 1);
    }
    return words;
}

proxy_outcome parse_whole_line(std::string_view line)
{
    const proxy_header no_source{.octets = line.size() + line_end.size(), .source = {}};
    constexpr std::string_view unknown = "PROXY UNKNOWN";
    if (line == unknown || line.starts_with(std::string(unknown) + " ")) return no_source;
    const auto words = split(line);
    if (!words) return proxy_malformed{"a PROXY line has six words"};
    const auto& [keyword, family, source, destination, source_port, destination_port] = *words;
    if (family != "TCP4" && family != "TCP6")
        return proxy_malformed{"the family is neither TCP4, TCP6 nor UNKNOWN"};
    const bool is_six = family == "TCP6";
    const auto fits = [is_six](std::string_view address) {
        return parse_address(address) && is_six == address.contains(':');
    };
    if (!fits(source) || !fits(destination)) return proxy_malformed{"an address is none of its family"};
    const auto port = port_word(source_port);
    if (!port || !port_word(destination_port))
        return proxy_malformed{"a port is not a number from 0 to 65535"};
    auto header = no_source;
    header.source = peer_address{.octets = *parse_address(source), .port = *port, .local = false};
    return header;
}

proxy_outcome parse_line(std::string_view octets)
{
    const auto end = octets.substr(0, proxy_line_octets_max).find(line_end);
    if (end != std::string_view::npos) return parse_whole_line(octets.substr(0, end));
    if (octets.size() >= proxy_line_octets_max) return proxy_malformed{"the PROXY line is too long"};
    if (octets.size() < proxy_line_octets_min) return proxy_needs{proxy_line_octets_min - octets.size()};
    return proxy_needs{octets.back() == '\r' ? std::size_t{1} : line_end.size()};
}

std::optional<peer_address> source_of(std::uint8_t family, std::string_view addresses)
{
    constexpr std::uint8_t tcp_over_ipv4 = 0x11;
    peer_address source;
    if (family == tcp_over_ipv4) {
        source.octets[10] = source.octets[11] = 0xff;
        std::memcpy(source.octets.data() + ipv4_starts_at, addresses.data(), 4);
        source.port = number_at(addresses, 8);
    } else {
        std::memcpy(source.octets.data(), addresses.data(), source.octets.size());
        source.port = number_at(addresses, 32);
    }
    return source;
}

/// How many octets the addresses of a family take; nothing for one whose connections we do not serve.
std::optional<std::size_t> address_octets_of(std::uint8_t family)
{
    constexpr std::uint8_t tcp_over_ipv4 = 0x11;
    constexpr std::uint8_t tcp_over_ipv6 = 0x21;
    if (family == tcp_over_ipv4) return 12;
    if (family == tcp_over_ipv6) return 36;
    return std::nullopt;
}

proxy_outcome parse_octets(std::string_view octets)
{
    if (octets.size() < proxy_fixed_octets) return proxy_needs{proxy_fixed_octets - octets.size()};
    constexpr std::uint8_t version_2 = 2;
    constexpr std::uint8_t command_local = 0;
    constexpr std::uint8_t command_proxy = 1;
    const std::uint8_t version = octet_at(octets, 12) >> 4U;
    const std::uint8_t command = octet_at(octets, 12) & 0x0fU;
    if (version != version_2) return proxy_malformed{"the version is not 2"};
    if (command != command_local && command != command_proxy)
        return proxy_malformed{"the command is unknown"};
    const std::size_t variable = number_at(octets, 14);
    if (variable > proxy_variable_octets_max) return proxy_malformed{"the PROXY header is too long"};
    const std::size_t whole = proxy_fixed_octets + variable;
    if (octets.size() < whole) return proxy_needs{whole - octets.size()};
    proxy_header header{.octets = whole, .source = {}};
    const std::uint8_t family = octet_at(octets, 13);
    const auto addresses = address_octets_of(family);
    if (command == command_local || !addresses) return header;
    if (variable < *addresses) return proxy_malformed{"the addresses are cut short"};
    header.source = source_of(family, octets.substr(proxy_fixed_octets));
    return header;
}

base::error malformed_error(const stream& connection, std::string_view reason)
{
    return base::permanent_error(base::failure::malformed, "no PROXY header from " +
                                                               connection.peer().text() + ": " +
                                                               std::string(reason));
}

} // namespace

proxy_outcome parse_proxy_header(std::string_view octets)
{
    if (octets.empty()) return proxy_needs{proxy_line_octets_min};
    if (begins(octets, signature_2)) return parse_octets(octets);
    if (begins(octets, signature_1)) return parse_line(octets);
    return proxy_malformed{"the signature is missing"};
}

awaitable<base::result<>> read_proxy_header(stream& connection, std::chrono::milliseconds limit)
{
    const auto deadline = deadline_after(limit);
    std::array<char, proxy_fixed_octets + proxy_variable_octets_max> octets{};
    std::size_t filled = 0;
    for (;;) {
        const auto outcome = parse_proxy_header({octets.data(), filled});
        if (const auto* header = std::get_if<proxy_header>(&outcome)) {
            if (header->source) connection.set_peer(*header->source);
            co_return base::result<>{};
        }
        if (const auto* malformed = std::get_if<proxy_malformed>(&outcome))
            co_return base::fail(malformed_error(connection, malformed->reason));
        const std::span<char> next(octets.data() + filled, std::get<proxy_needs>(outcome).octets);
        const auto got = co_await connection.read_some(next, time_left(deadline));
        if (!got) co_return base::fail(got.error());
        filled += *got;
    }
}

} // namespace net
