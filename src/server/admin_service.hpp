// The operator's door: a Unix socket that answers one request line a connection with one line of JSON.
#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/worker_pool.hpp"
#include "net/listen/stream.hpp"
#include "server/local_service.hpp"
#include "server/summaries.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace server {

using boost::asio::awaitable;

/// What the post office does for the operator. `reload` runs on a pool, and may be empty; the others are called on
/// the service's thread.
struct admin_requests {
    std::function<std::string()> status; ///< one JSON object
    std::function<std::vector<session_summary>()> who;
    std::function<std::size_t(std::string_view user_or_session)> kick; ///< how many sessions were ended
    std::function<base::result<>()> reload;
};

/// Requests: version, status, who, kick USER|SESSION, reload. Answers are {"ok":true,…} or {"error":"…"}.
/// Only root and the post office's own user are answered (SO_PEERCRED), and the socket's mode is 0600.
class admin_service {
public:
    /// `pool` runs the reload.
    admin_service(admin_requests requests, base::worker_pool& pool, base::log& log, std::string version);

    base::result<> open(const std::string& path);
    void start();
    /// Joins; an answer under way goes out.
    void end() { connections_.end(); }

private:
    static awaitable<std::optional<std::string>> read_request(net::stream& stream);
    awaitable<void> serve(net::stream::socket connected, net::peer_address peer);
    awaitable<std::string> answer(std::string request);
    std::string answer_at_once(std::string_view request);
    awaitable<std::string> reload();

    const admin_requests requests_;
    base::worker_pool& pool_;
    base::log& log_;
    const std::string version_;
    std::size_t open_ = 0;      ///< its own thread only
    local_service connections_; ///< the streams that are read are its
};

} // namespace server
