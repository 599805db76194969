// The other end of a TLS connection: OpenSSL as a client, blocking.
#pragma once

#include "unit/net/issuer.hpp"
#include "unit/net/loopback.hpp"

#include <array>
#include <memory>

namespace net::testing {

using session = std::shared_ptr<SSL_SESSION>;

struct offer {
    int oldest = TLS1_2_VERSION;
    int newest = TLS1_3_VERSION;
    std::string server_name{};
    std::vector<std::string> alpn{};
    const issued* certificate = nullptr;
    session resume{};
    std::string ciphers{}; ///< of TLS 1.2, in OpenSSL's notation
};

class tls_client {
public:
    tls_client(const client_socket& over, const offer& what);

    /// Empty when it went well; the alert's or the fault's text otherwise.
    std::string handshake();
    std::string receive(); ///< once; "closed" for close_notify, else "error: …"
    bool send(std::string_view octets);
    void close_notify();
    bool renegotiate(); ///< TLS 1.2: true when the server took part
    bool update_key();  ///< TLS 1.3

    bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
    std::string alpn() const;
    std::string server_common_name() const;
    std::string server_certificate_sha256() const;
    std::string exporter() const;
    std::string cipher() const { return SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl_.get())); }
    /// For the next offer. In TLS 1.3 tickets come behind the handshake: receive something before.
    session session_to_resume() const;

private:
    std::string last_fault(int outcome);

    openssl::context context_;
    std::unique_ptr<SSL, openssl::freed_by<&SSL_free>> ssl_;
};

} // namespace net::testing
