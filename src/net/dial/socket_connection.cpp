// The client's end of a connection: try the system call, wait with poll(2) only when it would block.
#include "net/dial/socket_connection.hpp"

#include "net/host_name.hpp"
#include "net/plain_socket.hpp"
#include "net/tls/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace net {

namespace {

using std::chrono::milliseconds;

base::error injected(const std::string& host)
{
    return base::permanent_error(
        base::failure::refused,
        host + " sent plain text where TLS must begin. After STLS that is an attack: somebody "
               "on the way wants to put words into the server's mouth. Immediately after "
               "connecting it is a port without implicit TLS: try `tls = starttls`, port 110");
}

class socket_connection final : public connection {
public:
    socket_connection(descriptor connected, std::string peer, std::shared_ptr<const interrupt> stop)
        : socket_(std::move(connected)), peer_(std::move(peer)), stop_(std::move(stop))
    {
    }
    ~socket_connection() override { close_now(); }
    socket_connection(const socket_connection&) = delete;
    socket_connection& operator=(const socket_connection&) = delete;

    base::result<std::size_t> read_some(std::span<char> buffer, milliseconds limit) override
    {
        return until_done(limit,
                          [&] { return tls_ ? tls_->read(buffer) : read_plain(socket_.get(), buffer); });
    }
    base::result<> write(std::string_view octets, milliseconds limit) override;
    base::result<server_facts> start_tls(std::shared_ptr<const tls_client> tls, const std::string& name,
                                         milliseconds limit) override;
    bool tls() const override { return tls_ != nullptr; }
    std::string peer() const override { return peer_; }
    void close() override { close_now(); }

private:
    template <typename Attempt>
    base::result<std::size_t> until_done(milliseconds limit, const Attempt& attempt);
    void close_now();

    descriptor socket_;
    std::string peer_;
    std::shared_ptr<const interrupt> stop_;
    std::unique_ptr<tls_connection> tls_;
};

// The deadline stands for the whole call: a peer that drips the parts of a TLS record does not renew it.
template <typename Attempt>
base::result<std::size_t> socket_connection::until_done(milliseconds limit, const Attempt& attempt)
{
    steady_deadline deadline{};
    for (bool waited = false;; waited = true) {
        if (!socket_.valid() || (stop_ && stop_->tripped())) return base::fail(cancelled_error());
        const base::result<step> done = attempt();
        if (!done) return base::fail(done.error());
        if (done->octets > 0 || done->sent > 0) return done->octets;
        if (!waited) deadline = deadline_after(limit);
        const bool reading = done->wait_for == readiness::readable;
        std::array watched{pollfd{
            .fd = socket_.get(), .events = static_cast<short>(reading ? POLLIN : POLLOUT), .revents = 0}};
        if (const auto ready = wait_for_any(watched, deadline, stop_.get()); !ready)
            return base::fail(ready.error());
    }
}

base::result<> socket_connection::write(std::string_view octets, milliseconds limit)
{
    while (!octets.empty() || (tls_ && tls_->unsent())) {
        const auto sent = until_done(
            limit, [&] { return tls_ ? tls_->write(octets) : write_plain(socket_.get(), octets); });
        if (!sent) return base::fail(sent.error());
        octets.remove_prefix(*sent);
    }
    return {};
}

base::result<server_facts> socket_connection::start_tls(std::shared_ptr<const tls_client> tls,
                                                        const std::string& name, milliseconds limit)
{
    const auto host = to_ascii_name(name);
    if (!host) return base::fail(host.error());
    if (tls_) return base::fail(base::temporary_error(base::failure::internal, "TLS is already on"));
    char octet = 0;
    if (::recv(socket_.get(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0) return base::fail(injected(name));
    auto made = tls_connection::connect(std::move(tls), socket_.get(), *host);
    if (!made) return base::fail(made.error());
    const auto settled = until_done(limit, [&] { return (*made)->handshake(); });
    if (!settled) return base::fail(settled.error());
    tls_ = std::move(*made);
    return tls_->facts_of_server();
}

void socket_connection::close_now()
{
    if (tls_ && socket_.valid()) tls_->say_goodbye();
    socket_.close();
}

} // namespace

base::result<> wait_for_any(std::span<pollfd> watched, steady_deadline until, const interrupt* stop)
{
    std::vector<pollfd> entries(watched.begin(), watched.end());
    if (stop != nullptr) entries.push_back({.fd = stop->descriptor(), .events = POLLIN, .revents = 0});
    for (;;) {
        const auto left = std::min<milliseconds::rep>(time_left(until).count(), 1'000'000'000);
        const int ready = ::poll(entries.data(), entries.size(), static_cast<int>(left));
        if (stop != nullptr && stop->tripped()) return base::fail(cancelled_error());
        if (ready < 0 && errno != EINTR)
            return base::fail(network_error_of(errno, "waiting for the connection"));
        if (ready > 0) break;
        if (time_left(until) == milliseconds(0)) return base::fail(late_error());
    }
    std::copy_n(entries.begin(), watched.size(), watched.begin());
    return {};
}

std::unique_ptr<connection> make_connection(descriptor connected, std::string peer,
                                            std::shared_ptr<const interrupt> stop)
{
    int enabled = 1;
    ::ioctl(connected.get(), FIONBIO, &enabled);
    // Commands are written whole, so Nagle's algorithm could only delay them. Fails harmlessly on a Unix socket.
    ::setsockopt(connected.get(), IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof(enabled));
    return std::make_unique<socket_connection>(std::move(connected), std::move(peer), std::move(stop));
}

} // namespace net
