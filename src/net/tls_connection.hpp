// One TLS connection over OpenSSL, step by step: it never waits.
#pragma once

#include "net/step.hpp"
#include "net/tls.hpp"
#include "net/tls_client.hpp"

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
    static base::result<std::unique_ptr<tls_connection>> connect(std::shared_ptr<const tls_client> with,
                                                                 int socket, const std::string& name);
    ~tls_connection();
    tls_connection(const tls_connection&) = delete;
    tls_connection& operator=(const tls_connection&) = delete;

    /// step.octets is 1 when the handshake is over. At the client's end, `refused` and not temporary where trust
    /// fails, or where the server picked an ALPN protocol that was not offered.
    base::result<step> handshake();
    base::result<step> read(std::span<char> into);
    base::result<step> write(std::string_view octets);
    /// close_notify, if it can be sent at once.
    void say_goodbye();

    const tls_facts& facts() const { return facts_; }
    server_facts facts_of_server() const; ///< at the client's end
    bool truncated() const { return truncated_; }

private:
    tls_connection(std::shared_ptr<const void> context, ssl_st* connection);
    static base::result<std::unique_ptr<tls_connection>> over(std::shared_ptr<const void> context,
                                                              ssl_ctx_st* native, int socket);
    static void count_handshake_messages(int written, int version, int content_type, const void* octets,
                                         std::size_t size, ssl_st* connection, void* self);
    base::result<step> after(int outcome);
    base::error failed(int reason, int number);
    base::error handshake_failed(unsigned long first) const;

    std::shared_ptr<const void>
        context_; // whose SSL_CTX, with what its callbacks need, must outlive connection_
    std::unique_ptr<tls_verdict> verdict_; // at the client's end
    ssl_st* connection_;
    tls_facts facts_;
    bool established_ = false;
    bool broken_ = false;
    bool truncated_ = false;
    unsigned idle_messages_ = 0; // handshake messages since the last application data
};

} // namespace net
