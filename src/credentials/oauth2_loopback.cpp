// A listener that answers with one plain page.
#include "credentials/oauth2_loopback.hpp"

#include "credentials/oauth2_http.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace credentials {

namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t request_octets_max = 16384; // browsers bring cookies for 127.0.0.1 along
constexpr int backlog = 4;
/// Browsers open connections ahead of need and say nothing on them.
constexpr auto visitor_limit = std::chrono::seconds(2);

bool wait_for(int descriptor, short events, steady::time_point until)
{
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady::now());
        if (left.count() <= 0) return false;
        pollfd watched{descriptor, events, 0};
        const int ready = poll(&watched, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

// The whole header section is read: closing with octets unread would reset the connection under the answer.
std::string read_request_line(int visitor, steady::time_point until)
{
    std::string request;
    std::array<char, 2048> piece{};
    while (request.size() < request_octets_max && wait_for(visitor, POLLIN, until)) {
        const ssize_t got = recv(visitor, piece.data(), piece.size(), 0);
        if (got <= 0) break;
        request.append(piece.data(), static_cast<std::size_t>(got));
        if (request.find("\r\n\r\n") != std::string::npos) return request.substr(0, request.find("\r\n"));
    }
    return {};
}

void answer(int visitor, std::string_view status, std::string_view text, steady::time_point until)
{
    std::string page = "HTTP/1.1 ";
    page.append(status).append("\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
                               "Referrer-Policy: no-referrer\r\nConnection: close\r\nContent-Length: ");
    page.append(std::to_string(text.size())).append("\r\n\r\n").append(text);
    std::string_view left = page;
    while (!left.empty() && wait_for(visitor, POLLOUT, until)) {
        const ssize_t sent = send(visitor, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return;
        if (sent > 0) left.remove_prefix(static_cast<std::size_t>(sent));
    }
    shutdown(visitor, SHUT_WR);
}

// Compared without telling by its time how much was right.
bool same_at_equal_cost(std::string_view a, std::string_view b)
{
    unsigned different = a.size() == b.size() ? 0 : 1;
    for (std::size_t index = 0; index < std::min(a.size(), b.size()); ++index)
        different |= static_cast<unsigned>(a[index] ^ b[index]);
    return different == 0;
}

} // namespace

std::optional<loopback_visit> parse_visit(std::string_view line)
{
    if (!line.starts_with("GET /?") || !line.contains(" HTTP/1.")) return std::nullopt;
    line.remove_prefix(6);
    std::string_view query = line.substr(0, line.find_first_of(" #"));
    loopback_visit out;
    while (!query.empty()) {
        const std::string_view field = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(field.size() + 1, query.size()));
        const std::size_t equals = field.find('=');
        const std::string_view name = field.substr(0, equals);
        std::string* value = name == "code"    ? &out.code
                             : name == "error" ? &out.error
                             : name == "state" ? &out.state
                                               : nullptr;
        if (value == nullptr) continue;
        if (!value->empty() || equals == std::string_view::npos) return std::nullopt;
        if (!decode_form_value(field.substr(equals + 1), *value)) return std::nullopt;
    }
    return out;
}

base::result<oauth2_loopback> oauth2_loopback::open()
{
    oauth2_loopback out;
    out.listener_ = net::descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t octets = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (!out.listener_.valid() || bind(out.listener_.get(), generic, octets) != 0 ||
        listen(out.listener_.get(), backlog) != 0 ||
        getsockname(out.listener_.get(), generic, &octets) != 0) {
        auto error = base::error_from_errno(errno, "listen on 127.0.0.1 for the browser");
        error.kind = base::failure::network;
        return base::fail(std::move(error));
    }
    out.port_ = ntohs(address.sin_port);
    return out;
}

base::result<loopback_visit> oauth2_loopback::wait(const std::string& state, std::chrono::seconds limit)
{
    const auto until = steady::now() + limit;
    while (wait_for(listener_.get(), POLLIN, until)) {
        const net::descriptor visitor(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!visitor.valid()) continue;
        const auto patience = std::min(until, steady::now() + visitor_limit);
        const std::string line = read_request_line(visitor.get(), patience);
        if (line.empty()) continue;
        auto visit = parse_visit(line);
        if (!visit || !same_at_equal_cost(visit->state, state) ||
            visit->code.empty() == visit->error.empty()) {
            answer(visitor.get(), "404 Not Found", "There is nothing here.\n", patience);
            continue;
        }
        answer(visitor.get(), "200 OK",
               visit->code.empty() ? "The sign-in did not succeed. See the terminal for details.\n"
                                   : "Signed in. You can close this page.\n",
               patience);
        return *std::move(visit);
    }
    return base::fail(base::permanent_error(base::failure::timed_out,
                                            "nobody signed in with the browser in time; begin again"));
}

} // namespace credentials
