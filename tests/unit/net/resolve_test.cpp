// Looking up names that no name server is asked for.
#include "net/dial/resolve.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace {

std::string addresses_of(const std::string& name, net::family family)
{
    const auto found = net::resolve(name, 110, family, std::chrono::steady_clock::now() + 5s, nullptr);
    if (!found) return found.error().operator_text;
    std::string out;
    for (const auto& address : *found) out += net::to_peer_address(address).text() + ";";
    return out;
}

} // namespace

TEST(resolve, localhost_is_loopback_whatever_the_hosts_file_says)
{
    for (const auto* name : {"localhost", "LOCALHOST.", "pop.localhost"})
        EXPECT_EQ(addresses_of(name, net::family::any),
                  addresses_of("::1", net::family::any) + addresses_of("127.0.0.1", net::family::any))
            << name;
    EXPECT_EQ(addresses_of("localhost", net::family::ipv4), addresses_of("127.0.0.1", net::family::any));
    EXPECT_EQ(addresses_of("localhost", net::family::ipv6), addresses_of("::1", net::family::any));
}
