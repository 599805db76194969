// /metrics and /health over HTTP, for loopback.
#pragma once

#include "auth/authenticator.hpp"
#include "net/listen/http.hpp"
#include "net/listen/listener.hpp"
#include "server/office.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <vector>

namespace server {

/// Two collectors and a load balancer need three; each keeps a connection open.
inline constexpr std::size_t metrics_connections_max = 16;

/// Runs in the one thread of `context`, which does nothing else: a flood of connections delays its own kind alone.
class metrics_service {
public:
    metrics_service(boost::asio::io_context& context, office& shared,
                    const auth::authenticator& authenticator, const hooks& calls);

    base::result<> open(const net::listen_address& address);
    /// As "127.0.0.1:9995"; empty where it was not opened.
    std::string address() const { return listener_ ? listener_->address() : std::string(); }
    void start();
    /// Ends the connections too: collectors keep them open.
    void stop();

private:
    boost::asio::awaitable<void> serve(net::stream::socket connected, net::peer_address peer);
    net::http_response answer(std::string_view path);
    void read_gauges();

    boost::asio::io_context& context_;
    office& office_;
    const auth::authenticator& authenticator_;
    const hooks& hooks_;
    std::optional<net::listener> listener_;
    std::vector<net::stream*> open_; ///< the oldest first; its own thread only
};

} // namespace server
