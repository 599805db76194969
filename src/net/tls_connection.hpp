// One TLS connection over OpenSSL, step by step: it never waits.
#pragma once

#include "net/step.hpp"
#include "net/tls.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace net {

/// OpenSSL works on the non-blocking socket itself. After any error only the destructor may follow.
class tls_connection {
public:
    /// The server's end. The socket stays the caller's and must outlive this.
    static base::result<std::unique_ptr<tls_connection>> accept(std::shared_ptr<const tls_context> context,
                                                                int socket);
    ~tls_connection();
    tls_connection(const tls_connection&) = delete;
    tls_connection& operator=(const tls_connection&) = delete;

    /// step.octets is 1 when the handshake is over.
    base::result<step> handshake();
    base::result<step> read(std::span<char> into);
    base::result<step> write(std::string_view octets);
    /// close_notify, if it can be sent at once.
    void say_goodbye();

    const tls_facts& facts() const { return facts_; }
    bool truncated() const { return truncated_; }

private:
    tls_connection(std::shared_ptr<const tls_context> context, ssl_st* connection);
    static void count_handshake_messages(int written, int version, int content_type, const void* octets,
                                         std::size_t size, ssl_st* connection, void* self);
    base::result<step> after(int outcome);
    base::error failed(int reason, int number);

    std::shared_ptr<const tls_context> context_;
    ssl_st* connection_;
    tls_facts facts_;
    bool established_ = false;
    bool broken_ = false;
    bool truncated_ = false;
    unsigned idle_messages_ = 0; // handshake messages since the last application data
};

} // namespace net
