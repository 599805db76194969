// What POP3, LMTP and SMTP connections have in common: the loop around the protocol's machine, the stream, its
// deadlines, TLS, and how it is ended.
#pragma once

#include "net/listen/stream.hpp"
#include "server/shared_state.hpp"
#include "server/thread_buffers.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
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
    connection(shared_state& shared, thread_buffers& buffers, std::shared_ptr<const server::site> site,
               const listener_settings& listener, net::stream::socket connected, net::peer_address peer);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Counts and logs the connection, takes a place of the service, reads the PROXY header where the listener wants
    /// one, and takes a place of the address that it names. Whoever is refused shall be turned away; none: over, or
    /// welcome.
    awaitable<connection_limits::refusal> enter();
    /// Where enter() refused nothing.
    connection_limits::place& place() { return *place_; }
    /// After enter(): the handshake, where the listener has implicit TLS. False: over.
    awaitable<bool> welcome();
    /// After enter(), for who is refused: closes it, behind `farewell` unless that is empty or TLS would have to
    /// come first. By reference, because g++ 12 destroys what a co_await is given by value twice.
    awaitable<void> turn_away(std::string& closing_reply);

    /// Does what the machine asks for, one action after the other, until the connection is over: `perform_next` begins
    /// the machine's next action, and is not called before the one before is done.
    awaitable<void> perform_actions(const std::function<awaitable<void>()>& perform_next) const;
    /// STLS and STARTTLS: drops what came in plain text behind the command, with a line in the log (`pending`: octets
    /// that the machine has dropped), sends `reply`, and shakes hands. False: over.
    awaitable<bool> upgrade_to_tls(std::size_t pending, std::string& reply);
    /// The machine needs octets: sends and clears its `output` before the connection waits for its peer. `buffered`:
    /// octets that the machine keeps; more than limits.buffered_octets_max end the connection. False: over.
    awaitable<bool> flush(std::string& output, std::size_t buffered);

    /// The next octets, valid until the next co_await. Empty: over, or the post office closes and nothing holds this
    /// connection; then it is still open for last words. A time-out is told with `farewell`.
    awaitable<std::string_view> read(milliseconds limit, std::string_view closing_reply = {});
    /// Sends and clears `output`. `last`: the connection is closed behind it, and may take it along. False: over.
    awaitable<bool> write(std::string& output, bool last = false);
    /// Waits; false when the connection was ended meanwhile.
    awaitable<bool> pause(std::chrono::nanoseconds duration);

    /// While held, waiting for the peer counts as work: a gentle end lets it go on.
    void set_busy(bool held) { held_ = held; }

    void close_because(reason why);
    bool over() const { return why_ != reason::open; }
    /// Nothing has ended it, nor asked it to end after the command under way.
    bool goes_on() const { return !over() && ending_ == ending::none; }
    server::ending ending() const { return ending_; }
    std::string_view why() const;
    reason over_because() const { return why_; }

    /// What is left of the time to log in.
    milliseconds log_in_time_left() const;
    bool exempt() const; ///< of the limits by address

    net::stream& stream() { return stream_; }
    const net::stream& stream() const { return stream_; }
    live_session& live() { return *live_; }
    std::shared_ptr<live_session> live_pointer() const
    {
        return live_;
    } ///< for who may outlive the connection
    const live_session& live() const { return *live_; }
    shared_state& shared() const { return office_; }
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
    awaitable<bool> start_tls();
    milliseconds handshake_limit() const;
    void end(server::ending ending);
    void fail(const base::error& what);

    shared_state& office_;
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
