// OpenSSL as a server, blocking.
#include "unit/net/scripted_tls.hpp"

namespace net::testing {

namespace {

int pick(SSL*, const unsigned char** out, unsigned char* octets, const unsigned char*, unsigned,
         void* script_of)
{
    const auto& name = static_cast<const script*>(script_of)->alpn;
    *out = reinterpret_cast<const unsigned char*>(name.data());
    *octets = static_cast<unsigned char>(name.size());
    return SSL_TLSEXT_ERR_OK;
}

} // namespace

void serve_script(const client_socket& with, const script& what)
{
    const openssl::context context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), what.newest);
    if (!what.cipher.empty()) SSL_CTX_set_cipher_list(context.get(), what.cipher.c_str());
    SSL_CTX_use_certificate(context.get(), what.certificate->certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), what.certificate->key.get());
    auto scripted = what;
    if (!what.alpn.empty()) SSL_CTX_set_alpn_select_cb(context.get(), &pick, &scripted);
    const std::unique_ptr<SSL, openssl::freed_by<&SSL_free>> connection(SSL_new(context.get()));
    SSL_set_fd(connection.get(), with.number());
    if (SSL_accept(connection.get()) == 1 && what.then) what.then(*connection);
    ERR_clear_error();
}

} // namespace net::testing
