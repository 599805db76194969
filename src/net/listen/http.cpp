// HTTP by Boost.Beast's parser, over our stream with its deadlines.
#include "net/listen/http.hpp"

#include "net/asio.hpp"
#include "net/deadline.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <optional>

namespace net {

namespace {

namespace http = boost::beast::http;
using request_parser = http::request_parser<http::empty_body>;

struct reply {
    http_response response;
    bool keep_alive = false;
    bool head = false;
    bool method_refused = false;
};

http_response plain(http::status status)
{
    const auto reason = http::obsolete_reason(status);
    return {.status = static_cast<unsigned>(status),
            .body = std::string(reason.data(), reason.size()) + "\n"};
}

reply refused(boost::system::error_code fault)
{
    if (fault == http::error::header_limit)
        return {.response = plain(http::status::request_header_fields_too_large)};
    if (fault == http::error::body_limit || fault == http::error::unexpected_body)
        return {.response = plain(http::status::payload_too_large)};
    return {.response = plain(http::status::bad_request)};
}

awaitable<reply> answer(const http::request<http::empty_body>& request, const http_handler& handler)
{
    const bool head = request.method() == http::verb::head;
    reply made;
    if (!head && request.method() != http::verb::get) {
        made.response = plain(http::status::method_not_allowed);
        made.method_refused = true;
        co_return made;
    }
    const std::string_view target(request.target().data(), request.target().size());
    if (!target.starts_with('/')) {
        made.response = plain(http::status::bad_request);
        co_return made;
    }
    made.response = co_await handler(target.substr(0, target.find('?')));
    made.keep_alive = request.keep_alive();
    made.head = head;
    co_return made;
}

std::string format(const reply& answer)
{
    const auto& [status, content_type, body] = answer.response;
    const auto reason = http::obsolete_reason(http::int_to_status(status));
    std::string text =
        "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason.data(), reason.size()) + "\r\n";
    text += "Content-Type: " + content_type + "\r\n";
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n";
    if (answer.method_refused) text += "Allow: GET, HEAD\r\n";
    if (!answer.keep_alive) text += "Connection: close\r\n";
    text += "\r\n";
    return answer.head ? text : text + body;
}

/// What has come in and is not parsed yet: the parser takes whole lines only.
struct inbox {
    std::array<char, http_header_octets_max> octets{};
    std::size_t filled = 0;

    void take_out(std::size_t parsed)
    {
        std::copy(octets.begin() + static_cast<std::ptrdiff_t>(parsed),
                  octets.begin() + static_cast<std::ptrdiff_t>(filled), octets.begin());
        filled -= parsed;
    }
};

/// Nothing: the peer is gone or slow, and there is nobody to answer.
awaitable<std::optional<reply>> receive(stream& connection, inbox& input, const http_handler& handler)
{
    const auto deadline = deadline_after(http_limit);
    request_parser parser;
    parser.header_limit(http_header_octets_max);
    parser.body_limit(0);
    for (;;) {
        boost::system::error_code fault;
        if (input.filled > 0)
            input.take_out(parser.put(boost::asio::buffer(input.octets.data(), input.filled), fault));
        if (fault && fault != http::error::need_more) co_return refused(fault);
        if (parser.is_done()) co_return co_await answer(parser.get(), handler);
        if (input.filled == input.octets.size()) co_return refused(http::error::header_limit);
        const std::span<char> room(input.octets.data() + input.filled, input.octets.size() - input.filled);
        const auto got = co_await connection.read_some(room, time_left(deadline));
        if (!got) co_return std::nullopt;
        input.filled += *got;
    }
}

} // namespace

awaitable<void> serve_http(stream& connection, const http_handler& handler)
{
    inbox input;
    for (unsigned requests = 1; requests <= http_requests_max; ++requests) {
        auto made = co_await receive(connection, input, handler);
        if (!made) break;
        made->keep_alive = made->keep_alive && requests < http_requests_max;
        const auto text = format(*made);
        const auto written = co_await connection.write(text, http_limit);
        if (!written || !made->keep_alive) break;
    }
    connection.close();
}

} // namespace net
