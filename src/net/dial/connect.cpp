// Several connects side by side.
#include "net/dial/connect.hpp"

#include "net/host_name.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace net {

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
        socket_address to;
    };

    void start_next();
    base::result<> wait(steady_deadline until, const interrupt* stop);
    bool bind(int socket, int family);
    void failed(const socket_address& to, int number);
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
            for (const auto& one : under_way_) failed(one.to, ETIMEDOUT);
            return base::fail(all_failed(base::failure::timed_out));
        }
    }
}

base::result<> race::wait(steady_deadline until, const interrupt* stop)
{
    watched_.clear();
    for (const auto& one : under_way_)
        watched_.push_back({.fd = one.socket.get(), .events = POLLOUT, .revents = 0});
    return wait_for_any(watched_, until, stop);
}

void race::start_next()
{
    const auto& to = addresses_[next_++];
    descriptor socket(::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid() || !bind(socket.get(), to.family())) return failed(to, errno);
    if (::connect(socket.get(), to.data(), to.octets) != 0 && errno != EINPROGRESS) return failed(to, errno);
    under_way_.push_back({.socket = std::move(socket), .to = to});
}

bool race::bind(int socket, int family)
{
    if (!source_) return true;
    if (is_ipv4(*source_) != (family == AF_INET)) {
        errno = EAFNOSUPPORT;
        return false;
    }
    // The port is picked at connect, when the peer is known, so that many connections can share one.
    const int on = 1;
    ::setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    const auto from =
        to_socket_address({.text = {}, .path = {}, .host = format_address(*source_), .port = 0});
    return ::bind(socket, from.data(), from.octets) == 0;
}

std::optional<connected_socket> race::take_winner(const std::vector<pollfd>& watched)
{
    for (const auto& one : watched) {
        if (one.revents == 0) continue;
        const auto found =
            std::ranges::find(under_way_, one.fd, [](const auto& of) { return of.socket.get(); });
        int number = 0;
        socklen_t octets = sizeof(number);
        ::getsockopt(one.fd, SOL_SOCKET, SO_ERROR, &number, &octets);
        if (number == 0) return connected_socket{.socket = std::move(found->socket), .peer = found->to};
        failed(found->to, number);
        under_way_.erase(found);
    }
    return std::nullopt;
}

void race::failed(const socket_address& to, int number)
{
    const auto peer = to_peer_address(to);
    const char* const why = number == ETIMEDOUT       ? "no answer"
                            : number == EADDRNOTAVAIL ? "the source address is not one of this machine's"
                            : number == EAFNOSUPPORT  ? "not of the source address's family"
                                                      : std::strerror(number);
    told_ += (told_.empty() ? "" : "; ") + host_and_port(peer.text(), peer.port) + ": " + why;
}

base::error race::all_failed(base::failure kind) const
{
    return base::temporary_error(kind, told_.empty() ? "there is no address to try" : told_);
}

} // namespace

base::result<connected_socket> connect_to_any(const std::vector<socket_address>& addresses,
                                              const std::optional<address_octets>& source,
                                              steady_deadline until, const interrupt* stop)
{
    return race(addresses, source).run(until, stop);
}

} // namespace net
