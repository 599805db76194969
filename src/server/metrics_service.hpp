// /metrics and /health over HTTP, for loopback.
#pragma once

#include "auth/authenticator.hpp"
#include "net/listen/http.hpp"
#include "server/local_service.hpp"
#include "server/shared_state.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace server {

using boost::asio::awaitable;

/// Two collectors and a load balancer need three; each keeps a connection open.
inline constexpr std::size_t metrics_connections_max = 16;
/// Shorter than a load balancer waits.
inline constexpr auto store_answer_max = std::chrono::seconds(3);

class metrics_service {
public:
    metrics_service(shared_state& shared, const auth::authenticator& authenticator, const hooks& calls);

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

    /// Whether mail can be served; all who ask at the same time share one.
    struct store_question {
        explicit store_question(const boost::asio::any_io_executor& executor)
            : answered(executor, store_answer_max)
        {
        }
        boost::asio::steady_timer answered; ///< cancelled when it is; else who waits gives up at its end
        std::optional<bool> ready{};        ///< the answer
    };
    awaitable<void> ask_store(std::shared_ptr<store_question> question);
    void read_gauges();

    shared_state& office_;
    const auth::authenticator& authenticator_;
    const hooks& hooks_;
    std::weak_ptr<store_question> asked_; ///< the coroutines of the service own it
    local_service connections_;
};

} // namespace server
