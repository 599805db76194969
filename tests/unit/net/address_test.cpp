// Addresses, networks and listen addresses.
#include "net/address.hpp"

#include <gtest/gtest.h>

namespace net {
namespace {

TEST(address, is_read_and_shown_in_its_usual_form)
{
    for (const auto* text : {"192.0.2.1", "2001:db8::1", "::", "::1", "255.255.255.255"}) {
        const auto address = parse_address(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(format_address(*address), text);
    }
}

TEST(address, of_ipv4_is_the_same_written_as_mapped)
{
    EXPECT_EQ(parse_address("192.0.2.1"), parse_address("::ffff:192.0.2.1"));
}

TEST(address, is_nothing_else)
{
    for (const auto* text :
         {"", "192.0.2", "192.0.2.256", "example.org", "fe80::1%eth0", "[::1]", " 192.0.2.1", "1"})
        EXPECT_FALSE(parse_address(text)) << text;
    EXPECT_FALSE(parse_address(std::string_view("::1\0x", 5)));
}

TEST(address, of_a_unix_peer_is_local)
{
    EXPECT_EQ((peer_address{.octets = {}, .port = 0, .local = true}.text()), "local");
    EXPECT_EQ((peer_address{.octets = *parse_address("192.0.2.7"), .port = 9, .local = false}.text()),
              "192.0.2.7");
}

struct membership {
    const char* network_text;
    const char* address;
    bool member;
};

class network_contains : public ::testing::TestWithParam<membership> {};

TEST_P(network_contains, by_prefix)
{
    const auto& [network_text, address, member] = GetParam();
    const auto parsed = network::parse(network_text);
    ASSERT_TRUE(parsed) << network_text;
    EXPECT_EQ(parsed->contains(parse_address(address).value()), member) << network_text << " " << address;
}

INSTANTIATE_TEST_SUITE_P(
    all, network_contains,
    ::testing::Values(
        membership{"192.0.2.0/24", "192.0.2.255", true}, membership{"192.0.2.0/24", "192.0.3.0", false},
        membership{"192.0.2.128/25", "192.0.2.127", false}, membership{"192.0.2.128/25", "192.0.2.128", true},
        membership{"192.0.2.1", "192.0.2.1", true}, membership{"192.0.2.1", "192.0.2.0", false},
        membership{"192.0.2.1/32", "192.0.2.1", true}, membership{"0.0.0.0/0", "203.0.113.9", true},
        membership{"0.0.0.0/0", "2001:db8::1", false}, membership{"2001:db8::/32", "2001:db8:ffff::1", true},
        membership{"2001:db8::/33", "2001:db8:8000::", false}, membership{"::/0", "2001:db8::1", true},
        membership{"::/0", "192.0.2.1", true}, membership{"::ffff:192.0.2.0/120", "192.0.2.9", true},
        membership{"2001:db8::1", "2001:db8::1", true}, membership{"2001:db8::1", "2001:db8::2", false}));

TEST(network, refuses_what_is_none)
{
    for (const auto* text :
         {"", "/", "/8", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+1", "192.0.2.0/8x",
          "2001:db8::/129", "example.org/8", "192.0.2.0/8/8", "192.0.2.0/ 8"})
        EXPECT_FALSE(network::parse(text)) << text;
}

TEST(listen_address, has_a_host_and_a_port)
{
    const auto ipv4 = parse_listen_address("127.0.0.1:110").value();
    EXPECT_EQ(ipv4.host, "127.0.0.1");
    EXPECT_EQ(ipv4.port, 110);
    EXPECT_EQ(ipv4.text, "127.0.0.1:110");
    EXPECT_TRUE(ipv4.path.empty());
    const auto ipv6 = parse_listen_address("[2001:db8::1]:995").value();
    EXPECT_EQ(ipv6.host, "2001:db8::1");
    EXPECT_EQ(ipv6.port, 995);
    const auto any = parse_listen_address("*:0").value();
    EXPECT_TRUE(any.host.empty());
    EXPECT_EQ(any.port, 0);
}

TEST(listen_address, may_be_a_path)
{
    EXPECT_EQ(parse_listen_address("/run/restante/lmtp").value().path, "/run/restante/lmtp");
    EXPECT_EQ(parse_listen_address("/run/a:b").value().path, "/run/a:b");
    EXPECT_TRUE(parse_listen_address("/" + std::string(106, 'x')));
    EXPECT_FALSE(parse_listen_address("/" + std::string(107, 'x')));
}

TEST(listen_address, says_what_is_wrong_and_how_to_write_it)
{
    for (const auto* text : {"", "110", ":110", "localhost:110", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                             "127.0.0.1:-1", "127.0.0.1: 1", "::1:110", "[::1]", "[127.0.0.1]:1", "[*]:1",
                             "[]:1", "127.0.0.1:110x", "run/lmtp"}) {
        const auto parsed = parse_listen_address(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_NE(parsed.error().operator_text.find(std::string("\"") + text + "\""), std::string::npos);
        EXPECT_NE(parsed.error().operator_text.find("ADDR:PORT"), std::string::npos);
    }
}

} // namespace
} // namespace net
