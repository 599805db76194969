// What a finished handshake settled, read out of OpenSSL.
#pragma once

#include "net/tls/context.hpp"

struct x509_st;

namespace net {

/// All but the channel bindings.
tls_facts read_tls_facts(ssl_st* connection);
/// Adds them.
void read_bindings(ssl_st* connection, tls_facts& facts);

/// Whom a verified client certificate is for: the first rfc822Name of the subjectAltName, else the only
/// common name. Empty without an extended key usage of clientAuth, and where there is no name: that is a
/// failure to whoever asks for one (CVE-2019-3814), never a reason to believe a name from elsewhere.
std::string certificate_identity_of(x509_st* certificate);

/// RFC 5929, section 4.1: the certificate's hash by the digest of its own signature, SHA-256 in place of MD5
/// and SHA-1. Empty where the signature has no such digest (Ed25519): the RFC leaves that undefined.
std::string server_end_point_of(x509_st* certificate);

} // namespace net
