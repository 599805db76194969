// OpenSSL as a client.
#include "unit/net/tls_client.hpp"

namespace net::testing {

tls_client::tls_client(const client_socket& over, const offer& what)
    : context_(SSL_CTX_new(TLS_client_method()))
{
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), what.oldest);
    SSL_CTX_set_max_proto_version(context_.get(), what.newest);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), over.number());
    if (!what.ciphers.empty()) SSL_set_cipher_list(ssl_.get(), what.ciphers.c_str());
    if (!what.server_name.empty()) SSL_set_tlsext_host_name(ssl_.get(), what.server_name.c_str());
    std::string wire;
    for (const auto& name : what.alpn) wire += static_cast<char>(name.size()) + name;
    if (!wire.empty())
        SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wire.data()),
                            static_cast<unsigned>(wire.size()));
    if (what.certificate != nullptr) {
        SSL_use_certificate(ssl_.get(), what.certificate->certificate.get());
        SSL_use_PrivateKey(ssl_.get(), what.certificate->key.get());
    }
    if (what.resume) SSL_set_session(ssl_.get(), what.resume.get());
}

std::string tls_client::handshake()
{
    ERR_clear_error();
    const int outcome = SSL_connect(ssl_.get());
    return outcome == 1 ? "" : last_fault(outcome);
}

std::string tls_client::receive()
{
    ERR_clear_error();
    std::string octets(1000, '\0');
    const int got = SSL_read(ssl_.get(), octets.data(), static_cast<int>(octets.size()));
    if (got > 0) return octets.substr(0, static_cast<std::size_t>(got));
    return SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN ? "closed" : "error: " + last_fault(got);
}

bool tls_client::send(std::string_view octets)
{
    ERR_clear_error();
    return SSL_write(ssl_.get(), octets.data(), static_cast<int>(octets.size())) ==
           static_cast<int>(octets.size());
}

void tls_client::close_notify()
{
    SSL_shutdown(ssl_.get());
}

bool tls_client::renegotiate()
{
    ERR_clear_error();
    return SSL_renegotiate(ssl_.get()) == 1 && SSL_do_handshake(ssl_.get()) == 1 &&
           SSL_renegotiate_pending(ssl_.get()) == 0;
}

bool tls_client::update_key()
{
    ERR_clear_error();
    return SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl_.get()) == 1;
}

std::string tls_client::alpn() const
{
    const unsigned char* name = nullptr;
    unsigned octets = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &octets);
    return {reinterpret_cast<const char*>(name), octets};
}

std::string tls_client::server_common_name() const
{
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(ssl_.get())), NID_commonName,
                              name.data(), static_cast<int>(name.size()));
    return name.data();
}

std::string tls_client::server_certificate_sha256() const
{
    std::string hash(32, '\0');
    X509_digest(SSL_get0_peer_certificate(ssl_.get()), EVP_sha256(),
                reinterpret_cast<unsigned char*>(hash.data()), nullptr);
    return hash;
}

std::string tls_client::exporter() const
{
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::string keying(32, '\0');
    SSL_export_keying_material(ssl_.get(), reinterpret_cast<unsigned char*>(keying.data()), keying.size(),
                               label.data(), label.size(), nullptr, 0, 0);
    return keying;
}

session tls_client::session_to_resume() const
{
    return {SSL_get1_session(ssl_.get()), &SSL_SESSION_free};
}

std::string tls_client::last_fault(int outcome)
{
    if (SSL_get_error(ssl_.get(), outcome) != SSL_ERROR_SSL) return "connection lost";
    return openssl::take_error();
}

} // namespace net::testing
