// Plain streams: octets, ends, limits.
#include "unit/net/loopback.hpp"

namespace net::testing {
namespace {

class stream_test : public ::testing::TestWithParam<connection (*)(boost::asio::io_context&)> {
protected:
    boost::asio::io_context io;
    connection made = GetParam()(io);
    stream& server = *made.server;
    client_socket& client = made.client;
};

INSTANTIATE_TEST_SUITE_P(sockets, stream_test, ::testing::Values(&connect_over_tcp, &connect_unix_pair),
                         [](const auto& of) { return of.index == 0 ? "tcp" : "local"; });

TEST_P(stream_test, reads_what_is_there)
{
    client.send("USER mrose\r\n");
    EXPECT_EQ(run(io, read_once(server)), "USER mrose\r\n");
}

TEST_P(stream_test, waits_for_what_comes_later)
{
    auto read = boost::asio::co_spawn(io, read_once(server), boost::asio::use_future);
    boost::asio::post(io, [&] { boost::asio::post(io, [&] { client.send("late"); }); });
    EXPECT_EQ(finish(io, std::move(read)), "late");
}

TEST_P(stream_test, reads_what_came_before_it_wrote)
{
    auto talk = [](stream& with) -> awaitable<std::string> {
        const auto written = co_await with.write("+OK\r\n", patience);
        const auto first = co_await read_once(with);
        const auto again = co_await with.write("+OK\r\n", patience);
        const auto second = co_await read_once(with, 0ms);
        co_return written&& again ? first + second : "error";
    };
    client.send("NOOP\r\n");
    EXPECT_EQ(run(io, talk(server)), "NOOP\r\nerror: timed-out");
    client.send("STAT\r\n");
    EXPECT_EQ(run(io, read_once(server, 0ms)), "STAT\r\n");
}

TEST_P(stream_test, tells_the_end)
{
    client.send("last");
    client.close();
    EXPECT_EQ(run(io, read_once(server)), "last");
    EXPECT_EQ(run(io, read_once(server)), "error: closed");
}

TEST_P(stream_test, reads_no_longer_than_the_limit)
{
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(run(io, read_once(server, soon)), "error: timed-out");
    EXPECT_GE(std::chrono::steady_clock::now() - begin, soon);
}

TEST_P(stream_test, takes_what_is_there_even_without_time)
{
    client.send("x");
    EXPECT_EQ(run(io, read_once(server, 0ms)), "x");
    EXPECT_EQ(run(io, read_once(server, 0ms)), "error: timed-out");
}

TEST_P(stream_test, takes_the_longest_of_limits)
{
    client.send("x");
    EXPECT_EQ(run(io, read_once(server, std::chrono::milliseconds::max())), "x");
    boost::asio::post(io, [&] { client.send("y"); });
    EXPECT_EQ(run(io, read_once(server, std::chrono::milliseconds::max())), "y");
}

// The timer that an earlier call armed fires while a later one, with more time, waits.
TEST_P(stream_test, is_not_ended_by_the_limit_of_an_earlier_call)
{
    auto both = [](stream& from, client_socket& peer) -> awaitable<std::string> {
        boost::asio::steady_timer after(from.executor(), 3 * soon);
        after.async_wait([&](auto) { peer.send("second"); });
        boost::asio::post(from.executor(), [&] { peer.send("first"); });
        const auto first = co_await read_once(from, soon);
        const auto second = co_await read_once(from, patience);
        co_return first + " " + second;
    };
    EXPECT_EQ(run(io, both(server, client)), "first second");
}

TEST_P(stream_test, keeps_a_short_limit_behind_a_long_one)
{
    auto both = [](stream& from, client_socket& peer) -> awaitable<std::string> {
        boost::asio::post(from.executor(), [&] { peer.send("first"); });
        const auto first = co_await read_once(from, 1h);
        const auto second = co_await read_once(from, soon);
        co_return first + " " + second;
    };
    EXPECT_EQ(run(io, both(server, client)), "first error: timed-out");
}

TEST_P(stream_test, writes_all)
{
    const std::string octets(3'000'000, 'x');
    auto received = std::async(std::launch::async, [&] { return client.receive_all(); });
    EXPECT_EQ(run(io, write_all(server, octets)), "written");
    server.close();
    EXPECT_EQ(received.get(), octets);
}

TEST_P(stream_test, cuts_off_a_reader_that_does_not_read)
{
    const std::string octets(30'000'000, 'x');
    EXPECT_EQ(run(io, write_all(server, octets, soon)), "error: timed-out");
}

// 50 ms ask for 25 octets; the peer takes thousands each time, for many limits long.
TEST_P(stream_test, bears_with_a_reader_that_is_slow_but_reads)
{
    const std::string octets(4'000'000, 'x');
    auto slow = [](client_socket& peer, stream& from, std::size_t expected) -> awaitable<std::size_t> {
        std::string part(40'000, '\0');
        std::size_t all = 0;
        boost::asio::steady_timer pause(from.executor());
        while (all < expected) {
            const auto got = ::recv(peer.number(), part.data(), part.size(), MSG_DONTWAIT);
            if (got > 0) all += static_cast<std::size_t>(got);
            if (got <= 0 && errno != EAGAIN) break;
            pause.expires_after(3ms);
            co_await pause.async_wait(boost::asio::use_awaitable);
        }
        co_return all;
    };
    const auto begin = std::chrono::steady_clock::now();
    auto taken = boost::asio::co_spawn(io, slow(client, server, octets.size()), boost::asio::use_future);
    EXPECT_EQ(run(io, write_all(server, octets, soon)), "written");
    EXPECT_EQ(finish(io, std::move(taken)), octets.size());
    EXPECT_GT(std::chrono::steady_clock::now() - begin, 2 * soon);
}

TEST_P(stream_test, fails_to_write_to_nobody)
{
    client.close();
    EXPECT_EQ(run(io, write_all(server, std::string(30'000'000, 'x'))), "error: closed");
}

TEST_P(stream_test, ends_a_read_when_cancelled)
{
    boost::asio::post(io, [&] { boost::asio::post(io, [&] { server.cancel(); }); });
    EXPECT_EQ(run(io, read_once(server)), "error: closed");
    client.send("too late");
    EXPECT_EQ(run(io, read_once(server)), "error: closed");
    EXPECT_EQ(run(io, write_all(server, "x")), "error: closed");
}

TEST_P(stream_test, does_not_wait_for_an_answer_when_cancelled)
{
    EXPECT_EQ(run(io, write_all(server, "+OK\r\n")), "written");
    server.cancel();
    EXPECT_EQ(run(io, read_once(server)), "error: closed");
}

TEST_P(stream_test, ends_a_write_when_cancelled)
{
    boost::asio::steady_timer after(io, soon);
    after.async_wait([&](auto) { server.cancel(); });
    EXPECT_EQ(run(io, write_all(server, std::string(30'000'000, 'x'))), "error: closed");
}

TEST_P(stream_test, may_go_while_a_read_waits)
{
    auto read = boost::asio::co_spawn(io, read_once(server), boost::asio::use_future);
    boost::asio::post(io, [&] { boost::asio::post(io, [&] { made.server.reset(); }); });
    EXPECT_EQ(finish(io, std::move(read)), "error: closed");
    EXPECT_EQ(client.receive_all(), "");
}

TEST_P(stream_test, leaves_no_timer_behind_when_closed)
{
    boost::asio::post(io, [&] { client.send("x"); });
    auto once = [](stream& from) -> awaitable<std::string> {
        auto got = co_await read_once(from, 1h);
        from.close();
        co_return got;
    };
    EXPECT_EQ(run(io, once(server)), "x");
    io.run_for(patience);
    EXPECT_TRUE(io.stopped()) << "something still waits";
}

TEST_P(stream_test, drops_what_came_before_tls)
{
    EXPECT_EQ(server.drop_plaintext(), 0U);
    client.send("USER x\r\nCAPA\r\n");
    EXPECT_EQ(server.drop_plaintext(), 14U);
    EXPECT_EQ(run(io, read_once(server, 0ms)), "error: timed-out");
}

// The peer gets the last reply although it sent more than was read.
TEST_P(stream_test, delivers_its_last_octets_over_unread_ones)
{
    client.send(std::string(10'000, 'x'));
    EXPECT_EQ(run(io, write_all(server, "-ERR bye\r\n")), "written");
    server.close();
    EXPECT_EQ(client.receive_all(), "-ERR bye\r\n");
}

TEST_P(stream_test, delivers_what_was_written_last)
{
    auto goodbye = [](stream& to) -> awaitable<bool> {
        const auto written = co_await to.write_last("+OK bye\r\n", patience);
        to.close();
        co_return written.has_value();
    };
    client.send("QUIT\r\nand more than was read\r\n");
    EXPECT_TRUE(run(io, goodbye(server)));
    EXPECT_EQ(client.receive_all(), "+OK bye\r\n");
}

TEST_P(stream_test, waits_for_room_for_what_is_written_last)
{
    const std::string octets(3'000'000, 'x');
    auto received = std::async(std::launch::async, [&] { return client.receive_all(); });
    auto goodbye = [](stream& to, std::string_view all) -> awaitable<bool> {
        const auto written = co_await to.write_last(all, patience);
        to.close();
        co_return written.has_value();
    };
    EXPECT_TRUE(run(io, goodbye(server, octets)));
    EXPECT_EQ(received.get(), octets);
}

TEST_P(stream_test, closes_twice_as_once)
{
    server.close();
    server.close();
    EXPECT_EQ(run(io, read_once(server)), "error: closed");
}

TEST_P(stream_test, gives_other_work_its_turn)
{
    bool had_turn = false;
    auto many = [](stream& from, client_socket& peer, bool& turn) -> awaitable<int> {
        boost::asio::post(from.executor(), [&] { turn = true; });
        for (int reads = 1; reads <= 1000; ++reads) {
            peer.send("x");
            co_await read_once(from);
            if (turn) co_return reads;
        }
        co_return 0;
    };
    const int reads = run(io, many(server, client, had_turn));
    EXPECT_GT(reads, 0);
    EXPECT_LE(reads, 64);
}

TEST(stream_peer, is_where_the_connection_came_from)
{
    boost::asio::io_context io;
    const auto made = connect_over_tcp(io);
    EXPECT_EQ(made.server->peer().text(), "127.0.0.1");
    EXPECT_NE(made.server->peer().port, 0);
    EXPECT_FALSE(made.server->tls());
    EXPECT_TRUE(made.server->facts().version.empty());
    made.server->set_peer({.octets = *parse_address("192.0.2.1"), .port = 7, .local = false});
    EXPECT_EQ(made.server->peer().text(), "192.0.2.1");
}

} // namespace
} // namespace net::testing
