// Connected sockets on this machine.
#include "unit/net/loopback.hpp"

#include "net/socket_address.hpp"

#include <filesystem>

namespace net::testing {

awaitable<std::string> read_once(stream& from, std::chrono::milliseconds limit)
{
    std::string octets(100, '\0');
    const auto got = co_await from.read_some(octets, limit);
    octets.resize(got.value_or(0));
    co_return got ? octets : "error: " + std::string(base::name_of(got.error().kind));
}

awaitable<std::string> write_all(stream& to, std::string_view octets, std::chrono::milliseconds limit)
{
    const auto written = co_await to.write(octets, limit);
    co_return written ? "written" : "error: " + std::string(base::name_of(written.error().kind));
}

client_socket connect_to(std::string_view address)
{
    const auto parsed = parse_listen_address(address).value();
    auto name = to_socket_address(parsed);
    descriptor socket(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.get(), name.data(), name.octets) != 0) return {};
    return client_socket(socket.release());
}

connection connect_unix_pair(boost::asio::io_context& io)
{
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    stream::socket server(io, boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
    const peer_address peer{.octets = {}, .port = 0, .local = true};
    return {.client = client_socket(ends[1]), .server = std::make_unique<stream>(std::move(server), peer)};
}

connection connect_over_tcp(boost::asio::io_context& io)
{
    auto open = listener::open(io.get_executor(), parse_listen_address("127.0.0.1:0").value());
    connection made;
    made.client = connect_to(open->address());
    auto loop = boost::asio::co_spawn(io, open->accept_loop([&](stream::socket accepted, peer_address peer) {
        made.server = std::make_unique<stream>(std::move(accepted), peer);
        open->stop();
    }),
                                      boost::asio::use_future);
    finish(io, std::move(loop));
    return made;
}

std::string scratch_folder::write(std::string_view name, std::string_view text, unsigned mode) const
{
    const std::filesystem::path file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    support::write(file, text);
    std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
    return file;
}

} // namespace net::testing
