// Accepting that never spins.
#include "net/listen/listener.hpp"

#include "net/asio.hpp"
#include "net/descriptor.hpp"
#include "net/listen/listening_socket.hpp"
#include "net/plain_socket.hpp"
#include "net/socket_address.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace net {

namespace {

/// How long the loop rests when the kernel has no descriptor or no memory for a connection.
constexpr auto shortage_pause = std::chrono::milliseconds(100);
/// After so many connections in a row the thread's other work gets its turn.
constexpr unsigned accepts_in_a_turn = 64;

bool is_shortage_of_descriptors(int number)
{
    return number == EMFILE || number == ENFILE;
}

bool is_shortage_of_memory(int number)
{
    return number == ENOBUFS || number == ENOMEM;
}

/// The listening socket itself is of no use any more; all other errors belong to the one connection that
/// failed (accept(2) reports what happened to it on the network).
bool is_fatal(int number)
{
    return number == EBADF || number == EINVAL || number == ENOTSOCK || number == EOPNOTSUPP;
}

} // namespace

struct listener::parts {
    using acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

    explicit parts(const executor& io) : waiter(io), pause(io) {}
    ~parts() { stop(); }

    int accept(socket_address& address)
    {
        address.octets = sizeof(address.storage);
        return ::accept4(waiter.native_handle(), address.data(), &address.octets,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
    void keep_reserve();
    bool turn_one_away(const std::string& closing_reply);
    bool hand_over(int socket, const socket_address& address, on_connection& take);
    awaitable<void> rest();
    awaitable<void> wait();
    void stop();

    acceptor waiter;
    boost::asio::steady_timer pause;
    descriptor reserve;
    listen_address bound; // with the real port
    listen_address asked;
    listener_settings settings;
    bool removes_file = false;
    bool stopped = false;
};

listener::listener(std::shared_ptr<parts> made) : parts_(std::move(made)) {}
listener::listener(listener&&) noexcept = default;

listener& listener::operator=(listener&& other) noexcept
{
    if (parts_) stop();
    parts_ = std::move(other.parts_);
    return *this;
}

listener::~listener()
{
    if (parts_) stop();
}

base::result<listener> listener::open(const executor& io, const listen_address& address,
                                      const listener_settings& settings)
{
    auto socket =
        address.path.empty() ? listen_tcp(address, settings.backlog, true) : listen_unix(address, settings);
    if (!socket) return base::fail(socket.error());
    auto made = adopt(io, socket->release());
    if (!made) return made;
    made->parts_->settings = settings;
    made->parts_->removes_file = !address.path.empty();
    made->parts_->asked = address;
    made->parts_->asked.port = made->parts_->bound.port;
    return made;
}

base::result<listener> listener::adopt(const executor& io, int descriptor_number)
{
    descriptor socket(descriptor_number);
    const auto name = bound_address(socket.get());
    if (!name) return base::fail(name.error());
    // What is accepted inherits it: replies are written whole, so Nagle's algorithm could only delay them. Fails
    // harmlessly on a Unix socket.
    const int enabled = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof(enabled));
    auto made = std::make_shared<parts>(io);
    boost::system::error_code fault;
    made->waiter.assign(boost::asio::generic::stream_protocol(name->family(), 0), socket.get(), fault);
    if (!fault) socket.release();
    if (!fault) made->waiter.native_non_blocking(true, fault);
    if (fault) return base::fail(network_error_of(fault.value(), "cannot use a listening socket"));
    made->bound.text = name_of(*name);
    if (name->family() == AF_UNIX)
        made->bound.path = made->bound.text;
    else
        made->bound.port = to_peer_address(*name).port;
    made->keep_reserve();
    return listener(std::move(made));
}

base::result<listener> listener::sibling(const executor& io) const
{
    const bool own_socket = !parts_->asked.text.empty() && parts_->asked.path.empty();
    if (own_socket) {
        auto socket = listen_tcp(parts_->asked, parts_->settings.backlog, false);
        if (!socket) return base::fail(socket.error());
        auto made = adopt(io, socket->release());
        if (!made) return made;
        made->parts_->settings = parts_->settings;
        made->parts_->asked = parts_->asked;
        return made;
    }
    auto copy = duplicate(parts_->waiter.native_handle());
    if (!copy.valid()) return base::fail(network_error_of(errno, "cannot share the socket of " + address()));
    return adopt(io, copy.release());
}

awaitable<void> listener::accept_loop(on_connection take, std::string closing_reply,
                                      std::function<void()> on_shortage)
{
    const auto self = parts_;
    const auto io = self->waiter.get_executor();
    for (unsigned accepted = 1; !self->stopped; ++accepted) {
        if (accepted % accepts_in_a_turn == 0) {
            co_await boost::asio::post(io, boost::asio::use_awaitable);
            if (self->stopped) break;
        }
        socket_address address;
        const int socket = self->accept(address);
        const int number = errno;
        if (socket >= 0)
            self->hand_over(socket, address, take);
        else if (number == EAGAIN)
            co_await self->wait();
        else if (is_fatal(number))
            break;
        else if (is_shortage_of_memory(number))
            co_await self->rest();
        else if (is_shortage_of_descriptors(number)) {
            if (on_shortage) on_shortage();
            if (!self->turn_one_away(closing_reply)) co_await self->rest();
        }
    }
}

void listener::stop()
{
    parts_->stop();
}

const std::string& listener::address() const
{
    return parts_->bound.text;
}

std::uint16_t listener::port() const
{
    return parts_->bound.port;
}

// An eventfd, because it costs one descriptor and touches no file.
void listener::parts::keep_reserve()
{
    if (!reserve.valid()) reserve = descriptor(::eventfd(0, EFD_CLOEXEC));
}

/// False when there was none to turn away, or not even the reserve could help: time to rest.
bool listener::parts::turn_one_away(const std::string& closing_reply)
{
    reserve.close();
    socket_address address;
    descriptor socket(accept(address));
    if (socket.valid() && !closing_reply.empty())
        static_cast<void>(
            !::send(socket.get(), closing_reply.data(), closing_reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    const bool turned_away = socket.valid();
    socket.close();
    keep_reserve();
    return turned_away && reserve.valid();
}

bool listener::parts::hand_over(int number, const socket_address& address, on_connection& take)
{
    descriptor owned(number);
    boost::system::error_code fault;
    stream::socket connected(waiter.get_executor());
    connected.assign(boost::asio::generic::stream_protocol(address.family(), 0), number, fault);
    if (fault) return false;
    owned.release();
    take(std::move(connected), to_peer_address(address));
    return true;
}

awaitable<void> listener::parts::rest()
{
    pause.expires_after(shortage_pause);
    co_await pause.async_wait(without_exceptions);
    if (!stopped) keep_reserve();
}

awaitable<void> listener::parts::wait()
{
    co_await waiter.async_wait(acceptor::wait_read, without_exceptions);
}

void listener::parts::stop()
{
    if (stopped) return;
    stopped = true;
    pause.cancel();
    boost::system::error_code ignored;
    waiter.close(ignored);
    reserve.close();
    if (removes_file) ::unlink(bound.path.c_str());
}

} // namespace net
