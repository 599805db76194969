// Listening on loopback, and the server's side of TLS over an accepted socket.
#include "unit/net/loopback_server.hpp"

#include "net/socket_address.hpp"

namespace net::testing {

loopback_server::loopback_server(std::function<void(const client_socket&)> serve, const std::string& address)
    : serve_(std::move(serve))
{
    auto name = to_socket_address({.text = {}, .path = {}, .host = address, .port = 0});
    socket_ = descriptor(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(socket_.get(), name.data(), name.octets), 0);
    EXPECT_EQ(::listen(socket_.get(), 16), 0);
    EXPECT_EQ(::getsockname(socket_.get(), name.data(), &name.octets), 0);
    port_ = to_peer_address(name).port;
    thread_ = std::thread([this] { loop(); });
}

loopback_server::~loopback_server()
{
    ::shutdown(socket_.get(), SHUT_RDWR); // ends accept()
    thread_.join();
}

void loopback_server::loop()
{
    for (;;) {
        const int accepted = ::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted < 0) return;
        serve_(client_socket(accepted));
    }
}

namespace {

awaitable<base::result<tls_facts>> echo(stream& with, std::shared_ptr<const tls_context> context,
                                        std::string_view greeting)
{
    auto facts = co_await with.handshake(std::move(context), patience);
    if (!facts) co_return facts;
    facts = with.facts_with_bindings();
    if (!co_await with.write(greeting, patience)) co_return facts;
    std::string octets(16384, '\0');
    for (;;) {
        const auto got = co_await with.read_some(octets, patience);
        if (!got || !co_await with.write(std::string_view(octets).substr(0, *got), patience)) co_return facts;
    }
}

} // namespace

base::result<tls_facts> serve_tls(const client_socket& socket,
                                  const std::shared_ptr<const tls_context>& context,
                                  std::string_view greeting)
{
    boost::asio::io_context io;
    const int own = ::dup(socket.number());
    stream with(stream::socket(io, boost::asio::generic::stream_protocol(AF_INET, IPPROTO_TCP), own), {});
    auto facts = run(io, echo(with, context, greeting));
    with.close();
    return facts;
}

std::string receive_line(const client_socket& from)
{
    std::string line;
    while (!line.ends_with("\r\n")) {
        const auto octet = receive(from, 1);
        if (octet.empty()) break;
        line += octet;
    }
    return line;
}

std::string receive(const client_socket& from, std::size_t octets)
{
    std::string all(octets, '\0');
    const auto got = ::recv(from.number(), all.data(), octets, MSG_WAITALL);
    all.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return all;
}

} // namespace net::testing
