// The small HTTP responder.
#include "net/listen/http.hpp"
#include "unit/net/loopback.hpp"

namespace net::testing {
namespace {

/// All that comes back for these octets.
std::string exchange(std::string_view octets, bool and_end = true)
{
    boost::asio::io_context io;
    auto made = connect_unix_pair(io);
    made.client.send(octets);
    if (and_end) ::shutdown(made.client.number(), SHUT_WR);
    auto serve = [](stream& with) -> awaitable<bool> {
        const http_handler handler = [](std::string_view path) -> awaitable<http_response> {
            if (path == "/metrics")
                co_return http_response{
                    .status = 200, .content_type = "text/plain; version=0.0.4", .body = "up 1\n"};
            co_return http_response{.status = 404, .body = std::string(path) + " is not here\n"};
        };
        co_await serve_http(with, handler);
        co_return true;
    };
    EXPECT_TRUE(run(io, serve(*made.server)));
    return made.client.receive_all();
}

std::string status_line(const std::string& reply)
{
    return reply.substr(0, reply.find("\r\n"));
}

TEST(http, answers_get)
{
    EXPECT_EQ(exchange("GET /metrics?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: 5\r\n"
              "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\nup 1\n");
}

TEST(http, answers_head_without_the_body)
{
    const auto reply = exchange("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_NE(reply.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_TRUE(reply.ends_with("\r\n\r\n"));
}

TEST(http, gives_the_path_to_the_handler)
{
    const auto reply = exchange("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(status_line(reply), "HTTP/1.1 404 Not Found");
    EXPECT_TRUE(reply.ends_with("/nowhere is not here\n"));
}

TEST(http, answers_requests_in_a_row)
{
    const auto reply = exchange("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(status_line(reply), "HTTP/1.1 200 OK");
    EXPECT_NE(reply.find("HTTP/1.1 404 Not Found"), std::string::npos);
}

TEST(http, closes_when_asked_to)
{
    const auto reply = exchange("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false);
    EXPECT_NE(reply.find("Connection: close\r\n"), std::string::npos);
    const auto old = exchange("GET /metrics HTTP/1.0\r\n\r\n", false);
    EXPECT_NE(old.find("Connection: close\r\n"), std::string::npos);
}

TEST(http, refuses_other_methods)
{
    const auto reply = exchange("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", false);
    EXPECT_EQ(status_line(reply), "HTTP/1.1 405 Method Not Allowed");
    EXPECT_NE(reply.find("Allow: GET, HEAD\r\n"), std::string::npos);
}

TEST(http, refuses_a_body)
{
    const auto reply = exchange("GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", false);
    EXPECT_EQ(status_line(reply), "HTTP/1.1 413 Payload Too Large");
}

TEST(http, refuses_what_is_no_http)
{
    EXPECT_EQ(status_line(exchange("USER mrose\r\n\r\n", false)), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(status_line(exchange("GET metrics HTTP/1.1\r\nHost: x\r\n\r\n", false)),
              "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(status_line(exchange("GET /\r\nx HTTP/1.1\r\n\r\n", false)), "HTTP/1.1 400 Bad Request");
}

TEST(http, refuses_endless_headers)
{
    const auto many = exchange("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x'), false);
    EXPECT_EQ(status_line(many), "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST(http, says_nothing_to_nobody)
{
    EXPECT_EQ(exchange(""), "");
    EXPECT_EQ(exchange("GET / HT"), "");
}

} // namespace
} // namespace net::testing
