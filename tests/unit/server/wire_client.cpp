// Blocking sockets with a time limit, OpenSSL on top where asked.
#include "unit/server/wire_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace server::testing {

wire_client::wire_client(std::uint16_t port, bool tls)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
        throw std::runtime_error("cannot connect");
    if (tls && !start_tls()) throw std::runtime_error("no TLS");
}

wire_client::~wire_client()
{
    if (tls_) SSL_free(tls_);
    if (context_) SSL_CTX_free(context_);
    if (socket_ >= 0) ::close(socket_);
}

void wire_client::send(std::string_view octets)
{
    while (!octets.empty()) {
        const auto sent = tls_ ? SSL_write(tls_, octets.data(), static_cast<int>(octets.size()))
                               : ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent <= 0) return; // the next read tells
        octets.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool wire_client::fill()
{
    std::array<char, 65536> piece;
    errno = 0;
    const auto got = tls_ ? SSL_read(tls_, piece.data(), static_cast<int>(piece.size()))
                          : ::recv(socket_, piece.data(), piece.size(), 0);
    if (got <= 0) {
        silent_ = errno == EAGAIN;
        return false;
    }
    buffer_.append(piece.data(), static_cast<std::size_t>(got));
    return true;
}

std::string wire_client::line()
{
    std::size_t searched = 0;
    for (;;) {
        if (const auto end = buffer_.find("\r\n", searched); end != std::string::npos) {
            std::string out = buffer_.substr(0, end);
            buffer_.erase(0, end + 2);
            return out;
        }
        searched = buffer_.empty() ? 0 : buffer_.size() - 1;
        if (!fill()) return silent_ ? "<silent>" : "<closed>";
    }
}

std::string wire_client::command(std::string_view text)
{
    send(std::string(text) + "\r\n");
    return line();
}

std::string wire_client::multi_line()
{
    std::string out;
    std::size_t from = 0;
    for (;;) {
        const auto end = buffer_.find("\r\n", from);
        if (end == std::string::npos) {
            if (!fill()) return out + "<incomplete>";
            continue;
        }
        std::string_view one(buffer_.data() + from, end - from);
        from = end + 2;
        if (one == ".") break;
        if (one.starts_with('.')) one.remove_prefix(1);
        out.append(one).append("\r\n");
    }
    buffer_.erase(0, from);
    return out;
}

std::string wire_client::reply()
{
    std::string one = line();
    while (one.size() > 3 && one[3] == '-') one = line();
    return one;
}

std::string wire_client::rest()
{
    while (fill()) {
    }
    return std::exchange(buffer_, {}) + (silent_ ? "<silent>" : "");
}

bool wire_client::start_tls()
{
    context_ = SSL_CTX_new(TLS_client_method());
    tls_ = SSL_new(context_);
    SSL_set_fd(tls_, socket_);
    return SSL_connect(tls_) == 1;
}

std::string wire_client::certificate() const
{
    X509* shown = SSL_get1_peer_certificate(tls_);
    unsigned char* der = nullptr;
    const int octets = i2d_X509(shown, &der);
    std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(octets));
    OPENSSL_free(der);
    X509_free(shown);
    return out;
}

void wire_client::reset()
{
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(socket_);
    socket_ = -1;
}

wire_client& log_in(wire_client& client, const std::string& user)
{
    EXPECT_TRUE(client.line().starts_with("+OK"));
    EXPECT_TRUE(client.command("USER " + user).starts_with("+OK"));
    EXPECT_TRUE(client.command("PASS " + user + "'s secret").starts_with("+OK"));
    return client;
}

} // namespace server::testing
