// A server for the client's tests: a listening socket, and a thread that serves what connects.
#pragma once

#include "net/tls/context.hpp"
#include "unit/net/loopback.hpp"

#include <functional>
#include <string>
#include <thread>

namespace net::testing {

/// Serves connections one after the other, each with `serve`, until it is destroyed.
class loopback_server {
public:
    explicit loopback_server(std::function<void(const client_socket&)> serve,
                             const std::string& address = "127.0.0.1");
    ~loopback_server();
    loopback_server(const loopback_server&) = delete;
    loopback_server& operator=(const loopback_server&) = delete;

    std::uint16_t port() const { return port_; }

private:
    void loop();

    std::function<void(const client_socket&)> serve_;
    descriptor socket_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

/// The project's own server side on a socket that stays the caller's: TLS, one greeting, then whatever comes back as it
/// came until the client ends.
base::result<tls_facts> serve_tls(const client_socket& socket,
                                  const std::shared_ptr<const tls_context>& context,
                                  std::string_view greeting);

/// An octet stream's next line, with its CRLF; what came where the peer ends before.
std::string receive_line(const client_socket& from);
/// Exactly so many octets; less where the peer ends before.
std::string receive(const client_socket& from, std::size_t octets);

} // namespace net::testing
