// Dialling: addresses side by side, source addresses, proxies' URLs, what the errors say.
#include "net/dial/aside.hpp"
#include "net/dial/dial.hpp"
#include "net/dial/resolve.hpp"
#include "net/host_name.hpp"
#include "unit/net/loopback_server.hpp"

#include <gmock/gmock.h>

#include <future>

namespace net::testing {
namespace {

using std::chrono::steady_clock;
using ::testing::AllOf;
using ::testing::HasSubstr;

void greet(const client_socket& with)
{
    with.send("+OK\r\n");
    with.receive_all();
}

socket_address at(const std::string& host, std::uint16_t port)
{
    return to_socket_address({.text = {}, .path = {}, .host = host, .port = port});
}

/// A port on which nobody listens: one that was bound a moment ago.
std::uint16_t closed_port()
{
    return loopback_server([](const client_socket&) {}).port();
}

/// An address that does not answer: a listener whose queue is full, so that the kernel drops what knocks.
class silent_address {
public:
    silent_address() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        address = at("127.0.0.1", 0);
        EXPECT_EQ(::bind(socket_.get(), address.data(), address.octets), 0);
        EXPECT_EQ(::listen(socket_.get(), 0), 0);
        EXPECT_EQ(::getsockname(socket_.get(), address.data(), &address.octets), 0);
        for (int i = 0; i < 4; ++i) {
            queued_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            ::connect(queued_.back().get(), address.data(), address.octets);
        }
    }
    socket_address address;

private:
    descriptor socket_;
    std::vector<descriptor> queued_;
};

std::string greeting_of(net::connection& from)
{
    std::string octets(100, '\0');
    const auto got = from.read_some(octets, patience);
    return octets.substr(0, got.value_or(0));
}

TEST(dial_test, opens_a_connection)
{
    const loopback_server server(&greet);
    auto opened = dial({.host = "127.0.0.1", .port = server.port()}, nullptr);
    ASSERT_TRUE(opened) << opened.error().operator_text;
    EXPECT_EQ((*opened)->peer(), "127.0.0.1 port " + std::to_string(server.port()));
    EXPECT_EQ(greeting_of(**opened), "+OK\r\n");
}

TEST(dial_test, falls_back_to_the_other_family)
{
    const loopback_server old(&greet, "127.0.0.1");
    auto over_ipv4 = dial({.host = "localhost", .port = old.port()}, nullptr);
    ASSERT_TRUE(over_ipv4) << over_ipv4.error().operator_text;
    EXPECT_THAT((*over_ipv4)->peer(), HasSubstr("127.0.0.1"));
    const loopback_server young(&greet, "::1");
    auto over_ipv6 = dial({.host = "::1", .port = young.port()}, nullptr);
    ASSERT_TRUE(over_ipv6) << over_ipv6.error().operator_text;
    EXPECT_THAT((*over_ipv6)->peer(), HasSubstr("::1 port"));
}

TEST(dial_test, keeps_to_the_family_asked_for)
{
    const loopback_server server(&greet, "127.0.0.1");
    EXPECT_TRUE(dial({.host = "localhost", .port = server.port(), .family = family::ipv4}, nullptr));
    EXPECT_EQ(
        dial({.host = "127.0.0.1", .port = server.port(), .family = family::ipv6}, nullptr).error().kind,
        base::failure::network);
}

TEST(dial_test, names_the_host_each_address_and_what_it_said)
{
    const auto port = closed_port();
    const auto failed = dial({.host = "localhost", .port = port, .family = family::ipv4}, nullptr);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, base::failure::network);
    EXPECT_TRUE(failed.error().temporary);
    const auto number = std::to_string(port);
    EXPECT_EQ(failed.error().operator_text, "cannot reach localhost port " + number + ": 127.0.0.1 port " +
                                                number + ": Connection refused");
}

TEST(dial_test, takes_names_of_hosts_only)
{
    for (const std::string& name :
         {std::string(), std::string("a b"), std::string("user@host"), std::string("a:b")})
        EXPECT_EQ(dial({.host = name, .port = 110}, nullptr).error().kind, base::failure::malformed) << name;
}

TEST(dial_test, binds_to_the_source_address)
{
    std::promise<std::string> seen;
    const loopback_server server([&](const client_socket& with) {
        socket_address from;
        ::getpeername(with.number(), from.data(), &from.octets);
        seen.set_value(to_peer_address(from).text());
    });
    ASSERT_TRUE(dial({.host = "127.0.0.1", .port = server.port(), .source_address = "127.0.0.9"}, nullptr));
    EXPECT_EQ(seen.get_future().get(), "127.0.0.9");
    const auto fault = [&](const std::string& source) {
        return dial({.host = "127.0.0.1", .port = server.port(), .source_address = source}, nullptr)
            .error()
            .operator_text;
    };
    EXPECT_THAT(fault("192.0.2.1"), HasSubstr("not one of this machine's"));
    EXPECT_THAT(fault("::1"), HasSubstr("family"));
    EXPECT_THAT(fault("eth0"), HasSubstr("is not an IP address"));
}

TEST(dial_test, does_not_wait_for_an_address_that_is_silent)
{
    const silent_address silent;
    const loopback_server server(&greet);
    const auto begin = steady_clock::now();
    const auto won = connect_to_any({silent.address, at("127.0.0.1", server.port())}, std::nullopt,
                                    deadline_after(patience), nullptr);
    const auto took = steady_clock::now() - begin;
    ASSERT_TRUE(won) << won.error().operator_text;
    EXPECT_EQ(to_peer_address(won->peer).port, server.port());
    EXPECT_GE(took, 250ms) << "RFC 8305: the first one has its time";
    EXPECT_LT(took, 900ms) << "less than the kernel's first retransmission";
}

TEST(dial_test, goes_on_at_once_after_a_refusal)
{
    const loopback_server server(&greet);
    const auto begin = steady_clock::now();
    const auto won = connect_to_any(
        {at("::1", closed_port()), at("127.0.0.1", closed_port()), at("127.0.0.1", server.port())},
        std::nullopt, deadline_after(patience), nullptr);
    ASSERT_TRUE(won) << won.error().operator_text;
    EXPECT_LT(steady_clock::now() - begin, 240ms);
}

TEST(dial_test, ends_at_the_limit_and_when_interrupted)
{
    const silent_address silent;
    const auto late = connect_to_any({silent.address}, std::nullopt, deadline_after(soon), nullptr);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind, base::failure::timed_out);
    EXPECT_THAT(late.error().operator_text, HasSubstr("no answer"));
    const auto stop = std::make_shared<interrupt>();
    auto waiting = std::async(std::launch::async, [&] {
        return connect_to_any({silent.address}, std::nullopt, deadline_after(patience), stop.get());
    });
    stop->trip();
    EXPECT_EQ(waiting.get().error().kind, base::failure::closed);
    EXPECT_EQ(dial({.host = "127.0.0.1", .port = 1}, stop).error().kind, base::failure::closed);
    EXPECT_EQ(connect_to_any({}, std::nullopt, deadline_after(soon), nullptr).error().kind,
              base::failure::network);
}

TEST(interleave_test, takes_the_families_by_turns)
{
    std::vector<socket_address> ranked;
    for (const auto* const one : {"2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "192.0.2.2"})
        ranked.push_back(at(one, 995));
    std::string order;
    for (const auto& one : interleave(ranked)) order += to_peer_address(one).text() + " ";
    EXPECT_EQ(order, "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 2001:db8::3 ");
    EXPECT_EQ(interleave(std::vector(100, ranked.front())).size(), 16U);
    EXPECT_TRUE(interleave({}).empty());
}

TEST(aside_test, leaves_what_does_not_end)
{
    const auto gate = std::make_shared<std::promise<void>>();
    const auto opened = gate->get_future().share();
    const std::function<int()> blocked = [opened] {
        opened.wait();
        return 1;
    };
    EXPECT_EQ(run_aside(blocked, deadline_after(soon), nullptr).error().kind, base::failure::timed_out);
    const auto stop = std::make_shared<interrupt>();
    const std::function<int()> interrupted = [opened, stop] {
        stop->trip();
        opened.wait();
        return 1;
    };
    EXPECT_EQ(run_aside(interrupted, deadline_after(patience), stop.get()).error().kind,
              base::failure::closed);
    EXPECT_EQ(run_aside(blocked, deadline_after(patience), stop.get()).error().kind, base::failure::closed);
    gate->set_value();
    EXPECT_EQ(run_aside(blocked, deadline_after(patience), nullptr), 1);
}

TEST(host_name_test, is_ascii_and_lower_case)
{
    EXPECT_EQ(to_ascii_name("Mail.Example.ORG."), "mail.example.org");
    EXPECT_EQ(to_ascii_name("b\u00fccher.example"), "xn--bcher-kva.example");
    EXPECT_EQ(to_ascii_name("_pop3s._tcp.b\u00fccher.example"), "_pop3s._tcp.xn--bcher-kva.example");
    EXPECT_EQ(to_ascii_name("2001:db8::1"), "2001:db8::1");
    for (const std::string& name : {std::string("."), std::string("a..b"), std::string(64, 'x') + ".example",
                                    std::string("a\0b", 3), std::string("\xff.example"), std::string("a/b")})
        EXPECT_FALSE(to_ascii_name(name)) << name;
}

} // namespace
} // namespace net::testing
