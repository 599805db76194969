// A small HTTP/1.1 responder, for metrics and health: GET and HEAD, nothing else.
#pragma once

#include "net/listen/stream.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace net {

struct http_response {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
};

/// Called with the target's path, without its query ("/metrics"), which lives until the response is there. Runs on the
/// stream's thread.
using http_handler = std::function<awaitable<http_response>(std::string_view path)>;

/// Request line and header section together; a metrics collector sends some hundred octets.
inline constexpr std::size_t http_header_octets_max = 8192;
/// From the first octet waited for to the last one sent, each way.
inline constexpr auto http_limit = std::chrono::seconds(10);
/// Requests on one connection; then it is closed, so that no connection is for ever.
inline constexpr unsigned http_requests_max = 1000;

/// Answers requests until the peer closes, is slow, or asks for what we do not do (400, 405, 413, 431), then
/// closes. Never throws for the network or for what the peer sends.
awaitable<void> serve_http(stream& connection, const http_handler& handler);

} // namespace net
