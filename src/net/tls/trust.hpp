// Whether a client believes the certificate that a server shows, and what it says when it does not.
#pragma once

#include "net/tls/client.hpp"
#include "net/tls/openssl.hpp"

#include <string>

namespace net {

/// What one handshake came to. Lies behind the SSL object as its app data (see SSL_set_app_data).
struct tls_verdict {
    const tls_client_settings* settings = nullptr;
    std::string name;      ///< whom the certificate must be for: an ASCII host name or an address
    std::string pin{};     ///< of the leaf
    std::string subject{}; ///< of the leaf, for people
    std::string refusal{}; ///< for people; empty: believed
};

/// For SSL_CTX_set_cert_verify_callback, in place of OpenSSL's own check.
int evaluate_certificate(X509_STORE_CTX* shown, void*);

/// Asks OpenSSL to look for `name`, in the subjectAltName alone: the common name is not looked at (RFC 9525,
/// section 2). False without memory.
bool expect_name(SSL* connection, const std::string& name);

/// "sha256/BASE64" of the SubjectPublicKeyInfo; empty without memory.
std::string pin_of(X509* certificate);
/// "CN=mail.example.org, issued by Example CA, until 2027-01-31". Holds printable ASCII only.
std::string describe_certificate(X509* certificate);

} // namespace net
