// Octets in and out of a load's connection.
#include "wire.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <charconv>

namespace bench {

namespace {

constexpr auto tell = asio::as_tuple(asio::use_awaitable);

} // namespace

std::optional<endpoint> parse_endpoint(std::string_view text)
{
    if (text.starts_with('/')) return endpoint(asio::local::stream_protocol::endpoint(std::string(text)));
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return {};
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    unsigned short port = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    boost::system::error_code error;
    const auto address = asio::ip::make_address(std::string(host), error);
    if (error || read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return {};
    return endpoint(asio::ip::tcp::endpoint(address, port));
}

endpoint loopback_source(std::size_t number)
{
    constexpr asio::ip::address_v4::uint_type first = 0x7F000001;
    return asio::ip::tcp::endpoint(
        asio::ip::address_v4(first + static_cast<asio::ip::address_v4::uint_type>(number)), 0);
}

wire::wire(bench::socket accepted) : socket_(std::move(accepted))
{
    prepare();
}

bool wire::fail(std::string reason)
{
    if (failure_.empty()) failure_ = std::move(reason);
    return false;
}

void wire::prepare()
{
    boost::system::error_code ignored; // a socket that has just been opened takes both
    socket_.native_non_blocking(true, ignored);
    const int on = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on,
                 sizeof on); // refused by Unix sockets
}

awaitable<bool> wire::connect(const endpoint& to, const std::optional<endpoint>& from)
{
    boost::system::error_code error;
    socket_.open(to.protocol(), error);
    if (!error && from) {
        // The port is chosen when the connection is made: so many sources share their ports.
        const int on = 1;
        ::setsockopt(socket_.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        socket_.bind(*from, error);
    }
    if (error) co_return fail("socket: " + error.message());
    prepare();
    const auto [connected] = co_await socket_.async_connect(to, tell);
    if (connected) co_return fail("connect: " + connected.message());
    co_return true;
}

awaitable<bool> wire::shake_hands(SSL_CTX& context, SSL_SESSION* resumed)
{
    tls_.reset(SSL_new(&context));
    SSL_set_fd(tls_.get(), socket_.native_handle());
    SSL_set_connect_state(tls_.get());
    if (resumed != nullptr) SSL_set_session(tls_.get(), resumed);
    return handshake();
}

awaitable<bool> wire::answer_handshake(SSL_CTX& context)
{
    tls_.reset(SSL_new(&context));
    SSL_set_fd(tls_.get(), socket_.native_handle());
    SSL_set_accept_state(tls_.get());
    return handshake();
}

awaitable<bool> wire::handshake()
{
    for (;;) {
        ERR_clear_error();
        const int outcome = SSL_do_handshake(tls_.get());
        if (outcome == 1) co_return true;
        if (!co_await wait_for_tls(outcome, "TLS handshake")) co_return false;
    }
}

awaitable<bool> wire::wait_for_tls(int outcome, std::string_view doing)
{
    const int reason = SSL_get_error(tls_.get(), outcome);
    if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE)
        co_return fail(std::string(doing) + ": " + net::openssl::take_error());
    const auto direction =
        reason == SSL_ERROR_WANT_READ ? bench::socket::wait_read : bench::socket::wait_write;
    const auto [error] = co_await socket_.async_wait(direction, tell);
    if (error) co_return fail(std::string(doing) + ": " + error.message());
    co_return true;
}

awaitable<std::string_view> wire::read(std::span<char> buffer)
{
    while (failure_.empty()) {
        if (tls_) {
            ERR_clear_error();
            const int got = SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()));
            if (got > 0) co_return std::string_view(buffer.data(), static_cast<std::size_t>(got));
            if (!co_await wait_for_tls(got, "read")) break;
            continue;
        }
        const ssize_t got = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
        if (got > 0) co_return std::string_view(buffer.data(), static_cast<std::size_t>(got));
        if (got == 0) {
            fail("the server closed the connection");
        } else if (errno != EAGAIN && errno != EINTR) {
            fail("read: " + std::generic_category().message(errno));
        } else {
            const auto [error] = co_await socket_.async_wait(bench::socket::wait_read, tell);
            if (error) fail("read: " + error.message());
        }
    }
    co_return std::string_view();
}

awaitable<bool> wire::write(std::string_view octets)
{
    while (failure_.empty() && !octets.empty()) {
        if (tls_) {
            ERR_clear_error();
            const int sent = SSL_write(tls_.get(), octets.data(), static_cast<int>(octets.size()));
            if (sent > 0)
                octets.remove_prefix(static_cast<std::size_t>(sent));
            else if (!co_await wait_for_tls(sent, "write"))
                break;
            continue;
        }
        const ssize_t sent = ::send(socket_.native_handle(), octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            octets.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EAGAIN && errno != EINTR) {
            fail("write: " + std::generic_category().message(errno));
        } else {
            const auto [error] = co_await socket_.async_wait(bench::socket::wait_write, tell);
            if (error) fail("write: " + error.message());
        }
    }
    co_return failure_.empty();
}

} // namespace bench
