// Addresses as they are written on the command line.
#include "wire.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <cstring>

namespace {

boost::asio::ip::tcp::endpoint as_tcp(const bench::endpoint& from)
{
    boost::asio::ip::tcp::endpoint out;
    std::memcpy(out.data(), from.data(), from.size());
    return out;
}

TEST(parse_endpoint, takes_addresses_with_ports_and_paths)
{
    EXPECT_EQ(as_tcp(*bench::parse_endpoint("127.0.0.1:110")),
              boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 110));
    EXPECT_EQ(as_tcp(*bench::parse_endpoint("[::1]:995")),
              boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address("::1"), 995));
    EXPECT_TRUE(bench::parse_endpoint("/run/lmtp.sock"));
}

TEST(parse_endpoint, takes_nothing_else)
{
    for (const char* const text :
         {"", "localhost:110", "127.0.0.1", "127.0.0.1:", "127.0.0.1:11x", "127.0.0.1:65536", "::1", "[::1]"})
        EXPECT_FALSE(bench::parse_endpoint(text)) << text;
}

TEST(loopback_source, gives_each_number_an_address)
{
    EXPECT_EQ(as_tcp(bench::loopback_source(0)).address().to_string(), "127.0.0.1");
    EXPECT_EQ(as_tcp(bench::loopback_source(249)).address().to_string(), "127.0.0.250");
    EXPECT_EQ(as_tcp(bench::loopback_source(3)).port(), 0);
}

} // namespace
