// One connection of the load: a socket that never blocks, and TLS on it when asked for.
#pragma once

#include "net/asio.hpp"
#include "net/tls/openssl.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bench {

namespace asio = boost::asio;
using asio::awaitable;
using endpoint = asio::generic::stream_protocol::endpoint;
using socket = asio::generic::stream_protocol::socket;

/// "ADDRESS:PORT" with a numeric address ("[::1]:110"), or the path of a Unix socket. Nothing for all else.
std::optional<endpoint> parse_endpoint(std::string_view text);

/// 127.0.0.(1 + number) with any port, to come from.
endpoint loopback_source(std::size_t number);

/// A failure is kept: once one has happened, every call fails, and failure() says why.
class wire {
public:
    using tls = std::unique_ptr<SSL, net::openssl::freed_by<&SSL_free>>;

    explicit wire(asio::io_context& context) : socket_(context) {}
    explicit wire(bench::socket accepted);

    awaitable<bool> connect(const endpoint& to, const std::optional<endpoint>& from);
    awaitable<bool> shake_hands(SSL_CTX& context, SSL_SESSION* resumed);
    awaitable<bool> answer_handshake(SSL_CTX& context);
    /// What has come, at least one octet; empty at the end and after a failure.
    awaitable<std::string_view> read(std::span<char> buffer);
    awaitable<bool> write(std::string_view octets);

    /// What to resume with, for the caller to free; nullptr without TLS.
    SSL_SESSION* session() const { return tls_ ? SSL_get1_session(tls_.get()) : nullptr; }

    /// Notes the first reason; false, for the caller to pass on.
    bool fail(std::string reason);
    const std::string& failure() const { return failure_; }

private:
    void prepare();
    awaitable<bool> handshake();
    awaitable<bool> wait_for_tls(int outcome, std::string_view doing);

    bench::socket socket_;
    tls tls_;
    std::string failure_;
};

} // namespace bench
