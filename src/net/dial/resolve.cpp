// Looking up a host's addresses with getaddrinfo(3).
#include "net/dial/resolve.hpp"

#include "base/ascii.hpp"
#include "net/dial/aside.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <string_view>

namespace net {

namespace {

/// More addresses than anyone has; a bound on what a name server can make us try.
constexpr std::size_t addresses_max = 16;

struct found {
    int outcome = 0;
    int number = 0; // errno, where the outcome is EAI_SYSTEM
    std::vector<socket_address> addresses;
};

found ask(const std::string& name, std::uint16_t port, int family_number)
{
    addrinfo hints{};
    hints.ai_family = family_number;
    hints.ai_socktype = SOCK_STREAM;
    // No AI_ADDRCONFIG: it counts no loopback addresses, and a family without a route fails at once anyway.
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* list = nullptr;
    found out;
    out.outcome = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &list);
    out.number = errno;
    if (out.outcome != 0) return out;
    for (const auto* entry = list; entry != nullptr; entry = entry->ai_next) {
        socket_address address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.octets = entry->ai_addrlen;
        out.addresses.push_back(address);
    }
    ::freeaddrinfo(list);
    return out;
}

int number_of(family version)
{
    if (version == family::ipv4) return AF_INET;
    return version == family::ipv6 ? AF_INET6 : AF_UNSPEC;
}

std::string reason_of(const found& failed, family version)
{
    if (failed.outcome == EAI_SYSTEM) return std::strerror(failed.number);
    if (failed.outcome == EAI_NONAME || failed.outcome == EAI_NODATA) {
        const std::string kind = version == family::any    ? ""
                                 : version == family::ipv4 ? " of IPv4"
                                                           : " of IPv6";
        return "the name servers have no address" + kind + "; check the spelling";
    }
    return ::gai_strerror(failed.outcome);
}

/// localhost and all names below it are loopback addresses, and no name server is asked (RFC 6761, section 6.3).
bool is_localhost(std::string_view name)
{
    constexpr std::string_view localhost = "localhost";
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.size() < localhost.size()) return false;
    const auto below = name.substr(0, name.size() - localhost.size());
    return (below.empty() || below.ends_with('.')) &&
           base::equal_ignoring_case(name.substr(below.size()), localhost);
}

/// IPv6 first, as RFC 6724 ranks them.
std::vector<socket_address> loopback_addresses(std::uint16_t port, family version)
{
    std::vector<socket_address> out;
    if (version != family::ipv4)
        std::ranges::copy(ask("::1", port, AF_INET6).addresses, std::back_inserter(out));
    if (version != family::ipv6)
        std::ranges::copy(ask("127.0.0.1", port, AF_INET).addresses, std::back_inserter(out));
    return out;
}

} // namespace

base::result<std::vector<socket_address>> resolve(const std::string& name, std::uint16_t port, family version,
                                                  steady_deadline until, const interrupt* stop)
{
    if (is_localhost(name)) return loopback_addresses(port, version);
    const auto look_up = [name, port, number = number_of(version)] { return ask(name, port, number); };
    const bool is_address = parse_address(name).has_value(); // asks nobody, so it cannot block
    auto answer = is_address ? base::result<found>(look_up()) : run_aside<found>(look_up, until, stop);
    if (!answer && answer.error().kind == base::failure::timed_out)
        answer.error().operator_text = "looking up " + name + ": the name servers did not answer in time";
    if (!answer) return base::fail(answer.error());
    if (answer->outcome != 0 || answer->addresses.empty())
        return base::fail(base::temporary_error(base::failure::network,
                                                "looking up " + name + ": " + reason_of(*answer, version)));
    return interleave(answer->addresses);
}

std::vector<socket_address> interleave(const std::vector<socket_address>& ranked)
{
    std::vector<socket_address> first, second, out;
    for (const auto& address : ranked)
        (address.family() == ranked.front().family() ? first : second).push_back(address);
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) out.push_back(first[i]);
        if (i < second.size()) out.push_back(second[i]);
    }
    if (out.size() > addresses_max) out.resize(addresses_max);
    return out;
}

} // namespace net
