// One connection: plain or TLS, with a deadline on everything that is awaited.
#pragma once

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/tls/context.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace net {

using boost::asio::awaitable;

/// A connected socket that belongs to one thread's io_context. OpenSSL works on the socket itself, so
/// there is no second copy through memory BIOs. Every call gives up with timed_out after its limit; then, and
/// after any other error, only close() is allowed. cancel() makes the call under way, and every later one,
/// end with `closed`; stop_reading() does so for what waits for the peer's words, and may be followed by writes.
class stream {
public:
    using socket = boost::asio::generic::stream_protocol::socket;

    stream(socket connected, peer_address peer);
    ~stream();
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    /// At least one octet, or `closed` at the end, also where TLS ends without close_notify.
    awaitable<base::result<std::size_t>> read_some(std::span<char> buffer, std::chrono::milliseconds limit);
    /// All octets. The limit is renewed as long as at least 500 octets a second go out (a slow reader is cut
    /// off).
    awaitable<base::result<>> write(std::string_view octets, std::chrono::milliseconds limit);
    /// As write(), where close() follows at once: the kernel may hold the octets back until then, so that they share
    /// a packet with the end of the connection.
    awaitable<base::result<>> write_last(std::string_view octets, std::chrono::milliseconds limit);
    /// The server's handshake. Throws away nothing: the caller must have drained plain text before
    /// (drop_plaintext()).
    awaitable<base::result<tls_facts>> handshake(std::shared_ptr<const tls_context> context,
                                                 std::chrono::milliseconds limit);
    /// Reads and drops what is in the socket's buffer now; how many octets. For STLS, before the reply goes
    /// out.
    std::size_t drop_plaintext();
    /// Sends close_notify where TLS is on (without waiting for the peer's), then closes.
    void close();
    /// From the stream's own thread: ends the call under way with `closed`.
    void cancel();
    /// From the stream's own thread: ends the read or handshake under way, and every later one, with `closed`.
    /// What is written goes out as before.
    void stop_reading();

    bool tls() const;
    const tls_facts& facts() const;         ///< what handshake() returned; empty before
    const tls_facts& facts_with_bindings(); ///< and the channel bindings
    const peer_address& peer() const;
    void set_peer(peer_address peer); ///< after a PROXY header
    boost::asio::any_io_executor executor();

private:
    struct parts;
    awaitable<base::result<>> write(std::string_view octets, std::chrono::milliseconds limit, int flags);

    std::shared_ptr<parts> parts_; // the timer's handler looks whether they still live
};

} // namespace net
