// What TLS allows here, told to OpenSSL.
#include "net/tls/policy.hpp"

namespace net {

namespace {

/// AEAD with forward secrecy and nothing else (RFC 9325, section 4.2).
constexpr const char* ciphers_tls12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr const char* ciphers_tls13 =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
/// The hybrid group first, where the library knows it.
constexpr const char* groups_with_hybrid = "X25519MLKEM768:X25519:P-256:P-384";
constexpr const char* groups = "X25519:P-256:P-384";
constexpr int security_level = 2; // 112 bits: no RSA below 2048, no SHA-1

} // namespace

bool restrict_tls(SSL_CTX* context)
{
    SSL_CTX_set_security_level(context, security_level);
    SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_ALLOW_CLIENT_RENEGOTIATION |
                                       SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
                                       SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    // Buffers of idle connections go back; writes go on from wherever the octets lie then. Reading takes what the
    // socket has, and returns when that has been looked at, see tls_connection.
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, 0) == 1 &&
           SSL_CTX_set_cipher_list(context, ciphers_tls12) == 1 &&
           SSL_CTX_set_ciphersuites(context, ciphers_tls13) == 1 &&
           (SSL_CTX_set1_groups_list(context, groups_with_hybrid) == 1 ||
            SSL_CTX_set1_groups_list(context, groups) == 1);
}

bool use_certificate(SSL_CTX* context, const certificate& own)
{
    bool used = SSL_CTX_use_certificate(context, own.chain.front().get()) == 1 &&
                SSL_CTX_use_PrivateKey(context, own.key.get()) == 1;
    for (std::size_t i = 1; used && i < own.chain.size(); ++i)
        used = SSL_CTX_add1_chain_cert(context, own.chain[i].get()) == 1;
    return used;
}

std::string alpn_to_wire(const std::vector<std::string>& protocols)
{
    std::string wire;
    for (const auto& name : protocols) wire += static_cast<char>(name.size()) + name;
    return wire;
}

} // namespace net
