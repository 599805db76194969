// Try the system call first where it may succeed, wait where it would block, and never longer than the limit.
#include "net/listen/stream.hpp"

#include "net/asio.hpp"
#include "net/deadline.hpp"
#include "net/plain_socket.hpp"
#include "net/step.hpp"
#include "net/tls/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace net {

namespace {

using steady_clock = std::chrono::steady_clock;
using milliseconds = std::chrono::milliseconds;

/// A reader slower than this is cut off, after Postfix's smtpd_min_data_rate.
constexpr std::size_t octets_per_second_min = 500;
/// After so many calls that needed no waiting, other connections of the thread get their turn.
constexpr unsigned calls_in_a_turn = 64;
/// What a peer may have sent in plain text before TLS begins, or before the connection closes; the rest stays.
constexpr std::size_t drained_octets_max = std::size_t{1} << 20U;

/// True while a call waits for what the peer says.
class listening {
public:
    explicit listening(bool& flag) : flag_(flag) { flag_ = true; }
    ~listening() { flag_ = false; }
    listening(const listening&) = delete;
    listening& operator=(const listening&) = delete;

private:
    bool& flag_;
};

} // namespace

struct stream::parts : std::enable_shared_from_this<stream::parts> {
    parts(socket&& connected, peer_address address)
        : connection(std::move(connected)), timer(connection.get_executor()), peer(address)
    {
    }

    base::result<step> read(std::span<char> buffer);
    base::result<step> write(std::string_view octets, int flags);
    bool unsent() const { return tls && tls->unsent(); }
    bool has_unread() const { return tls && tls->has_unread(); }
    awaitable<void> take_turns();
    awaitable<base::result<>> wait(readiness wait_for, steady_clock::time_point until);
    void watch(steady_clock::time_point until);
    void arm();
    void close();
    bool ends_reads() const { return cancelled || deaf; }

    socket connection;
    std::unique_ptr<tls_connection> tls;
    tls_facts no_facts;
    // One timer serves all calls: it is armed for the soonest deadline that was asked for and, when it fires
    // early, armed again. So a call whose deadline lies behind the armed one, which is nearly every call,
    // costs nothing.
    boost::asio::steady_timer timer;
    std::optional<steady_clock::time_point> armed_for;
    steady_clock::time_point deadline;
    peer_address peer;
    unsigned calls = 0;
    bool spoke = false; // since it was last listened
    bool waiting = false;
    bool late = false;
    bool cancelled = false;
    bool reading = false; // or shaking hands
    bool deaf = false;    // reads end as if cancelled
};

stream::stream(socket connected, peer_address peer)
    : parts_(std::make_shared<parts>(std::move(connected), peer))
{
    boost::system::error_code ignored;
    parts_->connection.native_non_blocking(true, ignored);
}

stream::~stream()
{
    parts_->close();
}

awaitable<base::result<std::size_t>> stream::read_some(std::span<char> buffer, milliseconds limit)
{
    const auto self = parts_;
    const auto deadline = deadline_after(limit);
    co_await self->take_turns();
    const listening under_way(self->reading);
    // The answer to what was just written takes at least a way there and back: trying at once would find nothing.
    const bool answer_is_due =
        std::exchange(self->spoke, false) && !self->has_unread() && !self->ends_reads();
    if (answer_is_due && limit.count() > 0) {
        const auto answered = co_await self->wait(readiness::readable, deadline);
        if (!answered) co_return base::fail(answered.error());
    }
    for (;;) {
        if (self->ends_reads()) co_return base::fail(cancelled_error());
        const auto attempt = self->read(buffer);
        if (!attempt) co_return base::fail(attempt.error());
        if (attempt->octets > 0) co_return attempt->octets;
        const auto waited = co_await self->wait(attempt->wait_for, deadline);
        if (!waited) co_return base::fail(waited.error());
    }
}

awaitable<base::result<>> stream::write(std::string_view octets, milliseconds limit)
{
    return write(octets, limit, 0);
}

awaitable<base::result<>> stream::write_last(std::string_view octets, milliseconds limit)
{
    return write(octets, limit, MSG_MORE);
}

awaitable<base::result<>> stream::write(std::string_view octets, milliseconds limit, int flags)
{
    const auto self = parts_;
    const auto octets_in_a_window =
        static_cast<std::size_t>(std::max<milliseconds::rep>(std::min(limit, limit_max).count(), 0)) *
        octets_per_second_min / 1000;
    auto deadline = deadline_after(limit);
    std::size_t since_renewal = 0;
    while (!octets.empty() || self->unsent()) {
        co_await self->take_turns();
        if (self->cancelled) co_return base::fail(cancelled_error());
        const auto attempt = self->write(octets, flags);
        if (!attempt) co_return base::fail(attempt.error());
        octets.remove_prefix(attempt->octets);
        since_renewal += attempt->sent;
        if (attempt->octets > 0 || attempt->sent > 0) continue;
        auto waited = co_await self->wait(attempt->wait_for, deadline);
        if (waited) continue;
        const bool fast_enough = since_renewal > 0 && since_renewal >= octets_in_a_window;
        if (waited.error().kind != base::failure::timed_out || !fast_enough)
            co_return base::fail(waited.error());
        deadline = deadline_after(limit);
        since_renewal = 0;
    }
    self->spoke = true;
    co_return base::result<>{};
}

awaitable<base::result<tls_facts>> stream::handshake(std::shared_ptr<const tls_context> context,
                                                     milliseconds limit)
{
    const auto self = parts_;
    const auto deadline = deadline_after(limit);
    auto accepted = tls_connection::accept(std::move(context), self->connection.native_handle());
    if (!accepted) co_return base::fail(accepted.error());
    self->tls = std::move(*accepted);
    const listening under_way(self->reading);
    for (;;) {
        if (self->ends_reads()) co_return base::fail(cancelled_error());
        const auto attempt = self->tls->handshake();
        if (!attempt) co_return base::fail(attempt.error());
        if (attempt->octets > 0) co_return self->tls->facts();
        const auto waited = co_await self->wait(attempt->wait_for, deadline);
        if (!waited) co_return base::fail(waited.error());
    }
}

std::size_t stream::drop_plaintext()
{
    std::array<char, 4096> dropped{};
    std::size_t octets = 0;
    while (!parts_->tls && octets < drained_octets_max) {
        const auto got =
            ::recv(parts_->connection.native_handle(), dropped.data(), dropped.size(), MSG_DONTWAIT);
        if (got <= 0) break;
        octets += static_cast<std::size_t>(got);
    }
    return octets;
}

void stream::close()
{
    parts_->close();
}

void stream::cancel()
{
    parts_->cancelled = true;
    boost::system::error_code ignored;
    parts_->connection.cancel(ignored);
}

void stream::stop_reading()
{
    parts_->deaf = true;
    boost::system::error_code ignored;
    if (parts_->reading) parts_->connection.cancel(ignored);
}

bool stream::tls() const
{
    return parts_->tls != nullptr;
}

const tls_facts& stream::facts() const
{
    return parts_->tls ? parts_->tls->facts() : parts_->no_facts;
}

const tls_facts& stream::facts_with_bindings()
{
    return parts_->tls ? parts_->tls->facts_with_bindings() : parts_->no_facts;
}

const peer_address& stream::peer() const
{
    return parts_->peer;
}

void stream::set_peer(peer_address peer)
{
    parts_->peer = peer;
}

boost::asio::any_io_executor stream::executor()
{
    return parts_->connection.get_executor();
}

base::result<step> stream::parts::read(std::span<char> buffer)
{
    if (tls) return tls->read(buffer);
    return read_plain(connection.native_handle(), buffer);
}

base::result<step> stream::parts::write(std::string_view octets, int flags)
{
    if (tls) return tls->write(octets, flags);
    return write_plain(connection.native_handle(), octets, flags);
}

awaitable<void> stream::parts::take_turns()
{
    if (++calls < calls_in_a_turn) co_return;
    calls = 0;
    const auto executor = connection.get_executor();
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
}

awaitable<base::result<>> stream::parts::wait(readiness wait_for, steady_clock::time_point until)
{
    if (steady_clock::now() >= until) co_return base::fail(late_error());
    calls = 0;
    late = false;
    watch(until);
    waiting = true;
    const auto [fault] = co_await connection.async_wait(
        wait_for == readiness::readable ? socket::wait_read : socket::wait_write, without_exceptions);
    waiting = false;
    if (cancelled || (reading && deaf)) co_return base::fail(cancelled_error());
    if (!fault) co_return base::result<>{};
    if (late) co_return base::fail(late_error());
    co_return base::fail(network_error_of(fault.value(), "waiting for the connection"));
}

void stream::parts::watch(steady_clock::time_point until)
{
    deadline = until;
    if (armed_for && *armed_for <= until) return;
    arm();
}

void stream::parts::arm()
{
    armed_for = deadline;
    timer.expires_at(deadline);
    timer.async_wait([weak = weak_from_this()](boost::system::error_code fault) {
        const auto self = weak.lock();
        if (fault || !self) return;
        self->armed_for.reset();
        if (!self->waiting) return;
        if (steady_clock::now() < self->deadline) return self->arm();
        self->late = true;
        boost::system::error_code ignored;
        self->connection.cancel(ignored);
    });
}

// What the peer has sent and nobody will read is taken out of the socket, after the last octets of ours are
// on their way: a close with unread octets resets the connection, and a reset can overtake the last reply.
void stream::parts::close()
{
    if (!connection.is_open()) return;
    cancelled = true;
    if (tls) tls->say_goodbye(MSG_MORE); // it leaves with the end of our direction
    ::shutdown(connection.native_handle(), SHUT_WR);
    std::array<char, 4096> dropped{};
    for (std::size_t octets = 0; octets < drained_octets_max;) {
        const auto got = ::recv(connection.native_handle(), dropped.data(), dropped.size(), MSG_DONTWAIT);
        if (got <= 0) break;
        octets += static_cast<std::size_t>(got);
    }
    timer.cancel();
    boost::system::error_code ignored;
    connection.close(ignored);
}

} // namespace net
