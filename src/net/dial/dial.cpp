// From a host's name to an open connection.
#include "net/dial/dial.hpp"

#include "net/dial/proxy_client.hpp"
#include "net/dial/resolve.hpp"
#include "net/dial/socket_connection.hpp"
#include "net/host_name.hpp"
#include "net/plain_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace net {

namespace {

base::result<std::optional<address_octets>> parse_source(const std::string& text)
{
    if (text.empty()) return std::nullopt;
    const auto parsed = parse_address(text);
    if (parsed) return parsed;
    return base::fail(base::permanent_error(base::failure::malformed,
                                            "the source address \"" + text + "\" is not an IP address"));
}

base::error of_host(base::error error, const std::string& host, std::uint16_t port)
{
    if (error.kind == base::failure::network || error.kind == base::failure::timed_out)
        error.operator_text = "cannot reach " + host_and_port(host, port) + ": " + error.operator_text;
    return error;
}

base::result<connected_socket> connect(const dial_settings& settings, const std::string& host,
                                       std::uint16_t port, steady_deadline until, const interrupt* stop)
{
    const auto source = parse_source(settings.source_address);
    if (!source) return base::fail(source.error());
    const auto name = to_ascii_name(host);
    if (!name) return base::fail(name.error());
    const auto addresses = resolve(*name, port, settings.family, until, stop);
    if (!addresses) return base::fail(of_host(addresses.error(), host, port));
    auto connected = connect_to_any(*addresses, *source, until, stop);
    if (!connected) return base::fail(of_host(connected.error(), host, port));
    return connected;
}

} // namespace

base::result<std::unique_ptr<connection>> dial(const dial_settings& settings,
                                               std::shared_ptr<const interrupt> stop)
{
    const auto until = deadline_after(settings.limit);
    if (stop && stop->tripped()) return base::fail(cancelled_error());
    const auto& host = settings.proxy ? settings.proxy->host : settings.host;
    const auto port = settings.proxy ? settings.proxy->port : settings.port;
    auto connected = connect(settings, host, port, until, stop.get());
    if (!connected) return base::fail(connected.error());
    const auto peer = to_peer_address(connected->peer);
    auto made = make_connection(std::move(connected->socket),
                                settings.proxy ? host_and_port(settings.host, settings.port) + " through " +
                                                     host_and_port(host, port)
                                               : host_and_port(peer.text(), peer.port),
                                std::move(stop));
    if (!settings.proxy) return made;
    if (const auto asked = ask_proxy(*made, *settings.proxy, settings.host, settings.port, until); !asked)
        return base::fail(asked.error());
    return made;
}

base::result<std::unique_ptr<connection>> dial_path(const std::string& path, std::chrono::milliseconds limit,
                                                    std::shared_ptr<const interrupt> stop)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path) || path.find('\0') != std::string::npos)
        return base::fail(
            base::permanent_error(base::failure::malformed,
                                  "\"" + path + "\" cannot be the path of a Unix socket (1 to 107 octets)"));
    std::memcpy(address.sun_path, path.data(), path.size());

    descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // A full queue makes connect(2) wait; this ends the wait. A blocking socket, as a non-blocking one fails at once.
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(limit);
    const timeval patience{seconds.count(), 0};
    if (!socket.valid() ||
        setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
        connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        const bool slow = errno == EAGAIN;
        return base::fail(
            {slow ? base::failure::timed_out : base::failure::network,
             true,
             {},
             "cannot reach " + path + ": " + (slow ? "no answer in time" : std::strerror(errno))});
    }
    return make_connection(std::move(socket), path, std::move(stop));
}

namespace {

/// RFC 8305, section 5: the Connection Attempt Delay.
constexpr auto between_attempts = std::chrono::milliseconds(250);

class race {
public:
    race(const std::vector<socket_address>& addresses, const std::optional<address_octets>& source)
        : addresses_(addresses), source_(source)
    {
    }
    base::result<connected_socket> run(steady_deadline until, const interrupt* stop);

private:
    struct attempt {
        descriptor socket;
        socket_address address;
    };

    void start_next();
    base::result<> wait(steady_deadline until, const interrupt* stop);
    bool bind(int socket, int family);
    void failed(const socket_address& address, int number);
    std::optional<connected_socket> take_winner(const std::vector<pollfd>& watched);
    base::error all_failed(base::failure kind) const;

    const std::vector<socket_address>& addresses_;
    const std::optional<address_octets>& source_;
    std::size_t next_ = 0;
    std::vector<attempt> under_way_;
    std::vector<pollfd> watched_;
    std::string told_;
};

base::result<connected_socket> race::run(steady_deadline until, const interrupt* stop)
{
    steady_deadline next_at{};
    for (;;) {
        const auto now = std::chrono::steady_clock::now();
        if (next_ < addresses_.size() && (under_way_.empty() || now >= next_at)) {
            start_next();
            next_at = now + between_attempts;
            continue;
        }
        if (under_way_.empty()) return base::fail(all_failed(base::failure::network));
        const auto wait_until = next_ < addresses_.size() ? std::min(until, next_at) : until;
        const auto ready = wait(wait_until, stop);
        if (ready) {
            const auto failures = told_.size();
            if (auto winner = take_winner(watched_)) return std::move(*winner);
            if (told_.size() > failures)
                next_at = now; // an address refused: no reason to let the next one wait
        } else if (ready.error().kind != base::failure::timed_out) {
            return base::fail(ready.error());
        } else if (std::chrono::steady_clock::now() >= until) {
            for (const auto& candidate : under_way_) failed(candidate.address, ETIMEDOUT);
            return base::fail(all_failed(base::failure::timed_out));
        }
    }
}

base::result<> race::wait(steady_deadline until, const interrupt* stop)
{
    watched_.clear();
    for (const auto& candidate : under_way_)
        watched_.push_back({.fd = candidate.socket.get(), .events = POLLOUT, .revents = 0});
    return wait_for_any(watched_, until, stop);
}

void race::start_next()
{
    const auto& address = addresses_[next_++];
    descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid() || !bind(socket.get(), address.family())) return failed(address, errno);
    if (::connect(socket.get(), address.data(), address.octets) != 0 && errno != EINPROGRESS)
        return failed(address, errno);
    under_way_.push_back({.socket = std::move(socket), .address = address});
}

bool race::bind(int socket, int family)
{
    if (!source_) return true;
    if (is_ipv4(*source_) != (family == AF_INET)) {
        errno = EAFNOSUPPORT;
        return false;
    }
    // The port is picked at connect, when the peer is known, so that many connections can share one.
    const int enabled = 1;
    ::setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &enabled, sizeof(enabled));
    const auto address =
        to_socket_address({.text = {}, .path = {}, .host = format_address(*source_), .port = 0});
    return ::bind(socket, address.data(), address.octets) == 0;
}

std::optional<connected_socket> race::take_winner(const std::vector<pollfd>& watched)
{
    for (const auto& entry : watched) {
        if (entry.revents == 0) continue;
        const auto found = std::ranges::find(under_way_, entry.fd,
                                             [](const auto& candidate) { return candidate.socket.get(); });
        int number = 0;
        socklen_t octets = sizeof(number);
        ::getsockopt(entry.fd, SOL_SOCKET, SO_ERROR, &number, &octets);
        if (number == 0) return connected_socket{.socket = std::move(found->socket), .peer = found->address};
        failed(found->address, number);
        under_way_.erase(found);
    }
    return std::nullopt;
}

void race::failed(const socket_address& address, int number)
{
    const auto peer = to_peer_address(address);
    const char* const reason = number == ETIMEDOUT       ? "no answer"
                               : number == EADDRNOTAVAIL ? "the source address is not one of this machine's"
                               : number == EAFNOSUPPORT  ? "not of the source address's family"
                                                         : std::strerror(number);
    told_ += (told_.empty() ? "" : "; ") + host_and_port(peer.text(), peer.port) + ": " + reason;
}

base::error race::all_failed(base::failure kind) const
{
    return base::temporary_error(kind, told_.empty() ? "no address to try" : told_);
}

} // namespace

base::result<connected_socket> connect_to_any(const std::vector<socket_address>& addresses,
                                              const std::optional<address_octets>& source,
                                              steady_deadline until, const interrupt* stop)
{
    return race(addresses, source).run(until, stop);
}

} // namespace net
