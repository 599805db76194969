// Listening: conflicts, leftovers, siblings, and a machine without descriptors.
#include "net/listen/listener.hpp"
#include "unit/net/loopback.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace net::testing {
namespace {

listen_address at(std::string_view text)
{
    return parse_listen_address(text).value();
}

class listener_test : public ::testing::Test {
protected:
    base::result<listener> open(std::string_view text, const listener_settings& settings = {})
    {
        return listener::open(io.get_executor(), at(text), settings);
    }
    /// Accepts `expected` connections, then stops; their peers' texts.
    std::vector<std::string> accept(listener& on, std::size_t expected)
    {
        std::vector<std::string> peers;
        auto take = [&](stream::socket, peer_address peer) {
            peers.push_back(peer.text());
            if (peers.size() == expected) on.stop();
        };
        auto loop = boost::asio::co_spawn(io, on.accept_loop(take), boost::asio::use_future);
        io.restart();
        io.run_for(patience);
        EXPECT_EQ(loop.wait_for(0s), std::future_status::ready);
        return peers;
    }

    boost::asio::io_context io;
    scratch_folder folder;
};

TEST_F(listener_test, tells_the_port_that_the_kernel_picked)
{
    auto opened = open("127.0.0.1:0");
    ASSERT_TRUE(opened) << opened.error().operator_text;
    EXPECT_NE(opened->port(), 0);
    EXPECT_EQ(opened->address(), "127.0.0.1:" + std::to_string(opened->port()));
}

TEST_F(listener_test, hands_over_connections)
{
    auto opened = open("127.0.0.1:0");
    const auto one = connect_to(opened->address());
    const auto two = connect_to(opened->address());
    EXPECT_EQ(accept(*opened, 2), (std::vector<std::string>{"127.0.0.1", "127.0.0.1"}));
}

TEST_F(listener_test, hands_over_connections_without_nagle)
{
    auto opened = open("127.0.0.1:0");
    const auto client = connect_to(opened->address());
    int off = 0;
    auto take = [&](stream::socket accepted, peer_address) {
        socklen_t octets = sizeof(off);
        EXPECT_EQ(::getsockopt(accepted.native_handle(), IPPROTO_TCP, TCP_NODELAY, &off, &octets), 0);
        opened->stop();
    };
    auto loop = boost::asio::co_spawn(io, opened->accept_loop(take), boost::asio::use_future);
    finish(io, std::move(loop));
    EXPECT_EQ(off, 1);
}

TEST_F(listener_test, serves_both_families_on_any)
{
    auto opened = open("*:0");
    ASSERT_TRUE(opened) << opened.error().operator_text;
    const auto port = std::to_string(opened->port());
    const auto ipv4 = connect_to("127.0.0.1:" + port);
    const auto ipv6 = connect_to("[::1]:" + port);
    if (!ipv6.connected()) GTEST_SKIP() << "no IPv6 on this machine";
    EXPECT_EQ(accept(*opened, 2), (std::vector<std::string>{"127.0.0.1", "::1"}));
}

TEST_F(listener_test, keeps_ipv6_to_itself_when_asked_for_it)
{
    auto opened = open("[::1]:0");
    if (!opened) GTEST_SKIP() << "no IPv6 on this machine: " << opened.error().operator_text;
    EXPECT_EQ(opened->address(), "[::1]:" + std::to_string(opened->port()));
    EXPECT_FALSE(connect_to("127.0.0.1:" + std::to_string(opened->port())).connected());
}

TEST_F(listener_test, refuses_an_address_in_use)
{
    const auto first = open("127.0.0.1:0");
    const auto second = open(first->address());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, base::failure::in_use);
    EXPECT_NE(second.error().operator_text.find("cannot listen on " + first->address() +
                                                ": address already in use"),
              std::string::npos);
    EXPECT_NE(second.error().operator_text.find("ss -ltnp"), std::string::npos);
}

TEST_F(listener_test, refuses_an_address_in_use_even_if_it_has_siblings)
{
    const auto first = open("127.0.0.1:0");
    const auto sibling = first->sibling(io.get_executor());
    ASSERT_TRUE(sibling) << sibling.error().operator_text;
    EXPECT_FALSE(open(first->address()));
}

TEST_F(listener_test, refuses_any_when_one_family_is_in_use)
{
    const auto first = open("127.0.0.1:0");
    EXPECT_FALSE(open("*:" + std::to_string(first->port())));
}

TEST_F(listener_test, may_listen_again_after_connections)
{
    auto first = open("127.0.0.1:0");
    const std::string address = first->address();
    const auto client = connect_to(address);
    std::unique_ptr<stream> server;
    auto loop = boost::asio::co_spawn(io, first->accept_loop([&](stream::socket accepted, peer_address peer) {
        server = std::make_unique<stream>(std::move(accepted), peer);
        first->stop();
    }),
                                      boost::asio::use_future);
    io.run();
    server->close(); // this side closes first: the port is in TIME-WAIT
    EXPECT_TRUE(open(address));
}

TEST_F(listener_test, says_what_else_is_wrong)
{
    const auto foreign = open("192.0.2.1:0");
    ASSERT_FALSE(foreign);
    EXPECT_NE(foreign.error().operator_text.find("no interface"), std::string::npos);
    const auto nowhere = open(folder.path("none/lmtp"));
    ASSERT_FALSE(nowhere);
    EXPECT_NE(nowhere.error().operator_text.find("folder does not exist"), std::string::npos);
}

TEST_F(listener_test, spreads_connections_over_siblings)
{
    auto first = open("127.0.0.1:0");
    auto second = first->sibling(io.get_executor());
    ASSERT_TRUE(second) << second.error().operator_text;
    EXPECT_EQ(second->address(), first->address());
    constexpr int connections = 64; // all on one side by chance: 2^-63
    std::vector<client_socket> clients;
    for (int i = 0; i < connections; ++i) clients.push_back(connect_to(first->address()));
    int taken[2] = {0, 0};
    const auto count = [&](int which) {
        return [&, which](stream::socket, peer_address) {
            ++taken[which];
            if (taken[0] + taken[1] == connections) {
                first->stop();
                second->stop();
            }
        };
    };
    boost::asio::co_spawn(io, first->accept_loop(count(0)), boost::asio::detached);
    boost::asio::co_spawn(io, second->accept_loop(count(1)), boost::asio::detached);
    io.run_for(patience);
    EXPECT_EQ(taken[0] + taken[1], connections);
    EXPECT_GT(taken[0], 0);
    EXPECT_GT(taken[1], 0);
}

TEST_F(listener_test, opens_a_unix_socket_with_its_mode_and_removes_it)
{
    const auto path = folder.path("lmtp");
    {
        auto opened = open(path, {.unix_mode = 0600});
        ASSERT_TRUE(opened) << opened.error().operator_text;
        EXPECT_EQ(opened->address(), path);
        EXPECT_EQ(opened->port(), 0);
        struct stat status{};
        ASSERT_EQ(::lstat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U);
        const auto client = connect_to(path);
        EXPECT_EQ(accept(*opened, 1), (std::vector<std::string>{"local"}));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(listener_test, shares_a_unix_socket_with_its_sibling)
{
    const auto path = folder.path("lmtp");
    const auto opened = open(path);
    {
        auto sibling = opened->sibling(io.get_executor());
        ASSERT_TRUE(sibling) << sibling.error().operator_text;
        const auto client = connect_to(path);
        EXPECT_EQ(accept(*sibling, 1).size(), 1U);
    }
    EXPECT_TRUE(std::filesystem::exists(path)) << "only the first one removes the file";
}

TEST_F(listener_test, refuses_a_unix_socket_where_somebody_answers)
{
    const auto path = folder.path("lmtp");
    const auto first = open(path);
    const auto second = open(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, base::failure::in_use);
    EXPECT_TRUE(connect_to(path).connected()) << "the first one still listens";
}

TEST_F(listener_test, replaces_the_file_that_a_killed_instance_left)
{
    const auto path = folder.path("lmtp");
    {
        const descriptor dead(::socket(AF_UNIX, SOCK_STREAM, 0));
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        path.copy(name.sun_path, sizeof(name.sun_path) - 1);
        ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
        ASSERT_EQ(::listen(dead.get(), 1), 0);
    }
    ASSERT_TRUE(std::filesystem::exists(path));
    EXPECT_TRUE(open(path));
}

TEST_F(listener_test, never_removes_a_file_that_is_no_socket)
{
    const auto path = folder.write("lmtp", "precious");
    EXPECT_FALSE(open(path));
    EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST_F(listener_test, adopts_a_socket_of_somebody_else)
{
    const auto other = open("127.0.0.1:0");
    descriptor own(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::listen(own.get(), 1), 0); // binds to a port that the kernel picks
    auto adopted = listener::adopt(io.get_executor(), own.release());
    ASSERT_TRUE(adopted) << adopted.error().operator_text;
    EXPECT_NE(adopted->port(), 0);
    auto sibling = adopted->sibling(io.get_executor());
    ASSERT_TRUE(sibling) << sibling.error().operator_text;
    const auto client = connect_to("127.0.0.1:" + std::to_string(adopted->port()));
    EXPECT_EQ(accept(*sibling, 1).size(), 1U);
}

TEST_F(listener_test, adopts_no_other_descriptor)
{
    EXPECT_FALSE(listener::adopt(io.get_executor(), ::open("/dev/null", O_RDONLY | O_CLOEXEC)));
}

TEST_F(listener_test, ends_its_loop_when_it_goes)
{
    auto opened = std::make_unique<listener>(open("127.0.0.1:0").value());
    auto loop = boost::asio::co_spawn(io, opened->accept_loop([](stream::socket, peer_address) {}),
                                      boost::asio::use_future);
    boost::asio::post(io, [&] { boost::asio::post(io, [&] { opened.reset(); }); });
    io.run_for(patience);
    EXPECT_EQ(loop.wait_for(0s), std::future_status::ready);
}

/// No descriptor is left for as long as this lives.
class no_descriptors {
public:
    no_descriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const descriptor next(::dup(STDOUT_FILENO));
        rlimit none = before_;
        none.rlim_cur = static_cast<rlim_t>(next.get());
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    no_descriptors(const no_descriptors&) = delete;
    no_descriptors& operator=(const no_descriptors&) = delete;

private:
    rlimit before_{};
};

TEST_F(listener_test, turns_connections_away_when_descriptors_are_out_and_recovers)
{
    auto opened = open("127.0.0.1:0");
    const auto first = connect_to(opened->address());
    const auto second = connect_to(opened->address());
    int taken = 0;
    auto take = [&](stream::socket, peer_address) {
        ++taken;
        opened->stop();
    };
    auto loop = boost::asio::co_spawn(
        io, opened->accept_loop(take, "-ERR [SYS/TEMP] too many connections\r\n"), boost::asio::use_future);
    {
        const no_descriptors shortage;
        const auto handlers = io.run_for(3 * soon);
        EXPECT_LT(handlers, 50U) << "it spins";
        EXPECT_EQ(first.receive_all(), "-ERR [SYS/TEMP] too many connections\r\n");
        EXPECT_EQ(second.receive_all(), "-ERR [SYS/TEMP] too many connections\r\n");
        EXPECT_EQ(taken, 0);
    }
    const auto third = connect_to(opened->address());
    io.restart();
    io.run_for(patience);
    EXPECT_EQ(taken, 1);
    EXPECT_EQ(loop.wait_for(0s), std::future_status::ready);
}

// Somebody else took the reserve: the loop rests instead of spinning, and goes on later.
TEST_F(listener_test, rests_when_even_the_reserve_is_gone)
{
    auto opened = open("127.0.0.1:0");
    const auto client = connect_to(opened->address());
    int taken = 0;
    auto take = [&](stream::socket, peer_address) {
        ++taken;
        opened->stop();
    };
    auto loop = boost::asio::co_spawn(io, opened->accept_loop(take), boost::asio::use_future);
    {
        rlimit before{};
        ::getrlimit(RLIMIT_NOFILE, &before);
        rlimit none = before;
        none.rlim_cur = 0; // below the reserve's number, so giving it back helps nobody
        ::setrlimit(RLIMIT_NOFILE, &none);
        const auto handlers = io.run_for(3 * soon);
        ::setrlimit(RLIMIT_NOFILE, &before);
        EXPECT_LT(handlers, 50U) << "it spins";
        EXPECT_EQ(taken, 0);
    }
    io.restart();
    io.run_for(patience);
    EXPECT_EQ(taken, 1);
}

} // namespace
} // namespace net::testing
