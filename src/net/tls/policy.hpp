// What TLS allows here, at both ends.
#pragma once

#include "net/tls/certificate.hpp"
#include "net/tls/openssl.hpp"

#include <string>
#include <vector>

namespace net {

/// TLS 1.2 and 1.3, AEAD with forward secrecy, no compression, no renegotiation, no session cache, whatever the
/// machine's openssl.cnf says. False: this OpenSSL lacks something; its reason is in OpenSSL's queue.
bool restrict_tls(SSL_CTX* context);

/// The leaf, its key and its chain. False: the reason is in OpenSSL's queue.
bool use_certificate(SSL_CTX* context, const certificate& own);

/// RFC 7301, section 3.1: each name after its length.
std::string alpn_to_wire(const std::vector<std::string>& protocols);

} // namespace net
