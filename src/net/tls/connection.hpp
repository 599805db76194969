// One TLS connection over OpenSSL, step by step: it never waits.
#pragma once

#include "net/step.hpp"
#include "net/tls/client.hpp"
#include "net/tls/context.hpp"
#include "net/tls/socket_bio.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace net {

struct tls_verdict;

/// OpenSSL works on the non-blocking socket itself. After any error only the destructor may follow.
class tls_connection {
public:
    /// The server's end. The socket stays the caller's and must outlive this.
    static base::result<std::unique_ptr<tls_connection>> accept(std::shared_ptr<const tls_context> context,
                                                                int socket);
    /// The client's end; `name` is whom the certificate must be for: an ASCII host name or an address.
    static base::result<std::unique_ptr<tls_connection>> connect(std::shared_ptr<const tls_client> tls,
                                                                 int socket, const std::string& name);
    ~tls_connection();
    tls_connection(const tls_connection&) = delete;
    tls_connection& operator=(const tls_connection&) = delete;

    /// step.octets is 1 when the handshake is over; a ticket may be left to send (unsent()). At the client's end,
    /// `refused` and not temporary where trust fails, or where the server picked an ALPN protocol that was not offered.
    base::result<step> handshake();
    /// Sends what is left before it lets anyone wait for the peer.
    base::result<step> read(std::span<char> buffer);
    /// Encrypts some of `octets` and sends. All are on their way when there are none left and nothing is unsent();
    /// until then call again, with none if need be. `flags`: of send(2).
    base::result<step> write(std::string_view octets, int flags = 0);
    /// OpenSSL holds octets of the peer's: a read may need no more of the socket.
    bool has_unread() const;
    bool unsent() const { return bio_.unsent() > 0; }
    /// What is left to send and close_notify, if they can be sent at once. `flags`: of send(2).
    void say_goodbye(int flags = 0);

    const tls_facts& facts() const { return facts_; }
    const tls_facts& facts_with_bindings();
    server_facts facts_of_server() const; ///< at the client's end

private:
    tls_connection(std::shared_ptr<const void> context, ssl_st* connection, int socket);
    static base::result<std::unique_ptr<tls_connection>> over(std::shared_ptr<const void> context,
                                                              ssl_ctx_st* native, int socket);
    static void count_handshake_messages(int written, int version, int content_type, const void* octets,
                                         std::size_t size, ssl_st* connection, void* self);
    base::result<step> after(int outcome);
    base::result<step> before_waiting(readiness wanted);
    base::result<std::size_t> send(int flags = 0);
    base::error failed(int reason, int number);
    base::error handshake_failed(unsigned long first) const;

    std::shared_ptr<const void>
        context_; // whose SSL_CTX, with what its callbacks need, must outlive connection_
    std::unique_ptr<tls_verdict> verdict_; // at the client's end
    socket_bio bio_;                       // must outlive connection_
    ssl_st* connection_;
    tls_facts facts_;
    bool established_ = false;
    bool broken_ = false;
    bool bound_ = false;         // facts_ has the channel bindings
    unsigned idle_messages_ = 0; // handshake messages since the last application data
};

} // namespace net
