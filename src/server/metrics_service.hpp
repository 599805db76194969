// /metrics and /health over HTTP, for loopback.
#pragma once

#include "auth/authenticator.hpp"
#include "net/listen/http.hpp"
#include "server/local_service.hpp"
#include "server/office.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace server {

using boost::asio::awaitable;

/// Two collectors and a load balancer need three; each keeps a connection open.
inline constexpr std::size_t metrics_connections_max = 16;

class metrics_service {
public:
    metrics_service(office& shared, const auth::authenticator& authenticator, const hooks& calls);

    base::result<> open(const net::listen_address& address) { return connections_.open(address); }
    /// As "127.0.0.1:9995"; empty where it was not opened.
    std::string address() const { return connections_.address(); }
    void start();
    /// Joins. Ends the connections too: collectors keep them open.
    void end() { connections_.end(); }

private:
    awaitable<void> serve(net::stream::socket connected, net::peer_address peer);
    awaitable<net::http_response> answer(std::string_view path);
    awaitable<net::http_response> health();
    void read_gauges();

    office& office_;
    const auth::authenticator& authenticator_;
    const hooks& hooks_;
    local_service connections_;
};

} // namespace server
