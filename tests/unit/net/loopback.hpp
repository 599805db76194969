// Connected sockets on this machine, and coroutines run to their end.
#pragma once

#include "net/asio.hpp"
#include "net/descriptor.hpp"
#include "net/listen/listener.hpp"
#include "net/listen/stream.hpp"
#include "support/temporary_directory.hpp"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <future>
#include <string>
#include <string_view>

namespace net::testing {

using namespace std::chrono_literals;

/// Long enough for a busy machine; a test that needs it all has failed.
inline constexpr auto patience = 20s;
/// The limit of a call that is meant to run into it.
inline constexpr auto soon = 50ms;

/// Runs until the outcome is there, whatever else still waits.
template <typename Value>
Value finish(boost::asio::io_context& io, std::future<Value> outcome)
{
    io.restart();
    while (outcome.wait_for(0s) != std::future_status::ready) io.run_one();
    return outcome.get();
}

template <typename Value>
Value run(boost::asio::io_context& io, awaitable<Value> work)
{
    return finish(io, boost::asio::co_spawn(io, std::move(work), boost::asio::use_future));
}

/// What one read gives, or "error: timed-out".
awaitable<std::string> read_once(stream& from, std::chrono::milliseconds limit = patience);
/// "written", or "error: timed-out".
awaitable<std::string> write_all(stream& to, std::string_view octets,
                                 std::chrono::milliseconds limit = patience);

/// The client's end of a connection: a blocking socket.
class client_socket {
public:
    client_socket() = default;
    explicit client_socket(int number) : socket_(number)
    {
        const timeval limit{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        ::setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    }

    int number() const { return socket_.get(); }
    bool connected() const { return socket_.valid(); }
    void close() { socket_.close(); }
    void send(std::string_view octets) const
    {
        ASSERT_EQ(::send(number(), octets.data(), octets.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(octets.size()));
    }
    /// All up to the end of the stream, or what came before an error.
    std::string receive_all() const
    {
        std::string all;
        std::string part(4096, '\0');
        for (ssize_t got = 0; (got = ::recv(number(), part.data(), part.size(), 0)) > 0;)
            all.append(part, 0, static_cast<std::size_t>(got));
        return all;
    }

private:
    descriptor socket_;
};

/// Connects to a listener's address (TCP or Unix); not connected where nobody listens.
client_socket connect_to(std::string_view address);

/// A server's stream and the client's end of its connection.
struct connection {
    client_socket client;
    std::unique_ptr<stream> server;
};
connection connect_unix_pair(boost::asio::io_context& io);
connection connect_over_tcp(boost::asio::io_context& io);

/// A folder that is gone with the test, whose files have the modes that keys and certificates need.
class scratch_folder {
public:
    std::string path(std::string_view name) const { return folder_ / name; }
    std::string write(std::string_view name, std::string_view text, unsigned mode = 0600) const;

private:
    support::temporary_directory folder_;
};

} // namespace net::testing
