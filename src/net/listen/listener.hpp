// A listening socket, and the loop that accepts on it.
#pragma once

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/listen/stream.hpp"

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

namespace net {

struct listener_settings {
    mode_t unix_mode = 0660; ///< permissions of a Unix socket's file
    /// Connections that wait to be accepted; the kernel cuts it to net.core.somaxconn (4096 by default).
    int backlog = 4096;
};

/// Belongs to one thread's io_context, as do the connections it accepts. A thread more gets a sibling.
class listener {
public:
    using executor = boost::asio::any_io_executor;
    using on_connection = std::move_only_function<void(stream::socket, peer_address)>;

    /// Binds and listens. Fails when somebody else, another instance of this program included, listens
    /// there. A Unix socket's file is replaced only when nobody answers on it, and removed when this listener goes.
    static base::result<listener> open(const executor& io, const listen_address& address,
                                       const listener_settings& settings = {});
    /// Takes a listening socket of someone else's making (socket activation). It owns the descriptor at once.
    static base::result<listener> adopt(const executor& io, int descriptor);
    /// The same address on another thread's io_context: a socket of its own over TCP (SO_REUSEPORT, the
    /// kernel spreads connections), the same socket otherwise. For TCP the first must still be open.
    base::result<listener> sibling(const executor& io) const;

    ~listener();
    listener(listener&&) noexcept;
    listener& operator=(listener&&) noexcept;

    /// Accepts until stop(). Out of descriptors, it answers each new connection with `farewell` (may be
    /// empty, e.g. on a TLS port) and closes it, by means of a descriptor kept in reserve, and calls
    /// `on_shortage`; it never spins. on_connection must not throw. The loop outlives a listener that is
    /// destroyed only as far as to end.
    awaitable<void> accept_loop(on_connection take, std::string closing_reply = {},
                                std::function<void()> on_shortage = {});
    /// From the listener's own thread. Closes the socket and ends the loop.
    void stop();

    /// With the real port where the kernel picked it: "127.0.0.1:40001", "[::]:110", "/run/restante/lmtp".
    const std::string& address() const;
    std::uint16_t port() const; ///< 0 for a Unix socket

private:
    struct parts;
    explicit listener(std::shared_ptr<parts> made);
    std::shared_ptr<parts> parts_;
};

} // namespace net
