// What POP3, LMTP and SMTP connections have in common: the stream, its deadlines, TLS, and how it is ended.
#pragma once

#include "net/listen/stream.hpp"
#include "server/office.hpp"
#include "server/thread_buffers.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace server {

using boost::asio::awaitable;

/// Why a connection ended, for the log-out line.
enum class reason {
    open, ///< it has not
    quit,
    peer_closed,
    timed_out,
    slow_reader,
    protocol_limit, ///< too many bad commands or failures
    handshake_failed,
    told, ///< see ending
    trouble,
};

/// Lives and dies on one thread. The session is in the registry while this object lives.
class connection {
public:
    connection(office& shared, thread_buffers& buffers, std::shared_ptr<const server::site> site,
               const listener_settings& listener, net::stream::socket connected, net::peer_address peer);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Takes a place of the service, reads the PROXY header where the listener wants one, and takes a place of
    /// the address that it names. Whoever is refused shall be closed; none: over, or welcome.
    awaitable<connection_limits::refusal> enter();
    /// Where enter() refused nothing.
    connection_limits::place& place() { return *place_; }
    /// Shakes hands within the limit. False: over.
    awaitable<bool> start_tls(std::shared_ptr<const net::tls_context> context, milliseconds limit);

    /// The next octets, valid until the next co_await. Empty: over, or the post office closes and nothing holds this
    /// connection; then it is still open for last words. A time-out is told with `farewell`.
    awaitable<std::string_view> read(milliseconds limit, std::string_view farewell = {});
    /// Sends and clears `output`. `last`: the connection is closed behind it, and may take it along. False: over.
    awaitable<bool> write(std::string& output, bool last = false);
    /// Waits; false when the connection was ended meanwhile.
    awaitable<bool> pause(std::chrono::nanoseconds duration);

    /// While held, waiting for the peer counts as work: a gentle end lets it go on.
    void hold_on(bool held) { held_ = held; }

    void close_because(reason why);
    bool over() const { return why_ != reason::open; }
    /// Nothing has ended it, nor asked it to end after the command under way.
    bool goes_on() const { return !over() && ending_ == ending::none; }
    server::ending ending() const { return ending_; }
    std::string_view why() const;
    reason over_because() const { return why_; }

    /// What is left of the time to log in, and what of it a handshake may take.
    milliseconds log_in_time_left() const;
    milliseconds handshake_limit() const;
    bool exempt() const; ///< of the limits by address

    net::stream& stream() { return stream_; }
    const net::stream& stream() const { return stream_; }
    live_session& live() { return *live_; }
    const live_session& live() const { return *live_; }
    office& shared() const { return office_; }
    thread_buffers& buffers() const { return buffers_; }
    const settings& site_settings() const { return site_->settings; }
    const server::site& present_site() const { return *site_; }
    std::shared_ptr<const server::site> site_pointer() const
    {
        return site_;
    } ///< for what outlives the connection
    const listener_settings& listener() const { return listener_; }
    base::steady_time now() const { return office_.with.clock.steady_now(); }

private:
    awaitable<bool> read_proxy_header();
    void end(server::ending why);
    void fail(const base::error& what);

    office& office_;
    thread_buffers& buffers_;
    std::shared_ptr<const server::site> site_;
    const listener_settings& listener_;
    net::stream stream_;
    std::optional<connection_limits::place> place_;
    std::shared_ptr<live_session> live_;
    boost::asio::steady_timer pause_timer_;
    bool waiting_ = false; // for the peer or a pause: may be ended without harm
    bool held_ = false;
    server::ending ending_ = server::ending::none;
    reason why_ = reason::open;
};

} // namespace server
