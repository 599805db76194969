// What a finished handshake settled: channel bindings and the client's name.
#include "net/tls/facts.hpp"

#include "net/tls/openssl.hpp"

#include <array>

namespace net {

namespace {

/// RFC 9266, section 2.
constexpr std::string_view exporter_label = "EXPORTER-Channel-Binding";
constexpr std::size_t exporter_octets = 32;

std::string text_or_empty(const char* text)
{
    return text == nullptr ? std::string() : std::string(text);
}

std::string alpn_of(SSL* connection)
{
    const unsigned char* name = nullptr;
    unsigned octets = 0;
    SSL_get0_alpn_selected(connection, &name, &octets);
    return {reinterpret_cast<const char*>(name), octets};
}

std::string exporter_of(SSL* connection)
{
    std::string keying(exporter_octets, '\0');
    const int exported =
        SSL_export_keying_material(connection, reinterpret_cast<unsigned char*>(keying.data()), keying.size(),
                                   exporter_label.data(), exporter_label.size(), nullptr, 0, 0);
    return exported == 1 ? keying : std::string();
}

/// The value itself, or nothing where it hides a NUL (a name that two readers read differently).
std::string text_of(const ASN1_STRING* value)
{
    unsigned char* utf8 = nullptr;
    const int octets = ASN1_STRING_to_UTF8(&utf8, value);
    if (octets < 0) return {};
    std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(octets));
    OPENSSL_free(utf8);
    return text.find('\0') == std::string::npos ? text : std::string();
}

/// Two common names leave open whom the certificate is for: as good as none.
std::string common_name_of(X509* certificate)
{
    const auto* const subject = X509_get_subject_name(certificate);
    const int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (first < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0) return {};
    return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first)));
}

} // namespace

std::string certificate_identity_of(x509_st* certificate)
{
    const bool has_usages = (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0;
    if (!has_usages || (X509_get_extended_key_usage(certificate) & XKU_SSL_CLIENT) == 0) return {};
    const openssl::general_names names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* const name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type == GEN_EMAIL) return text_of(name->d.rfc822Name);
    }
    return common_name_of(certificate);
}

std::string server_end_point_of(x509_st* certificate)
{
    int digest_number = NID_undef;
    X509_get_signature_info(certificate, &digest_number, nullptr, nullptr, nullptr);
    if (digest_number == NID_md5 || digest_number == NID_sha1) digest_number = NID_sha256;
    const EVP_MD* const digest = EVP_get_digestbynid(digest_number);
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned octets = 0;
    if (digest == nullptr || X509_digest(certificate, digest, hash.data(), &octets) != 1) return {};
    return {reinterpret_cast<const char*>(hash.data()), octets};
}

namespace {

std::string end_point_of(SSL* connection)
{
    auto* const servers = SSL_is_server(connection) == 1 ? SSL_get_certificate(connection)
                                                         : SSL_get0_peer_certificate(connection);
    return servers == nullptr ? std::string() : server_end_point_of(servers);
}

} // namespace

tls_facts read_tls_facts(ssl_st* connection)
{
    tls_facts facts;
    facts.version = text_or_empty(SSL_get_version(connection));
    facts.cipher = text_or_empty(SSL_CIPHER_standard_name(SSL_get_current_cipher(connection)));
    facts.server_name = text_or_empty(SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name));
    facts.alpn = alpn_of(connection);
    facts.resumed = SSL_session_reused(connection) == 1;
    // RFC 5802, section 6.1, asks for tls-unique wherever there is any binding; TLS 1.3 has tls-exporter in its place
    // (RFC 9266), and TLS 1.2 has here neither: clients that pick -PLUS there would fail (decision 0110).
    facts.can_bind = SSL_version(connection) >= TLS1_3_VERSION;
    auto* const peer = SSL_get0_peer_certificate(connection);
    const bool server = SSL_is_server(connection) == 1;
    if (server && peer != nullptr && SSL_get_verify_result(connection) == X509_V_OK)
        facts.certificate_identity = certificate_identity_of(peer);
    ERR_clear_error();
    return facts;
}

void read_bindings(ssl_st* connection, tls_facts& facts)
{
    if (SSL_version(connection) >= TLS1_3_VERSION) facts.exporter = exporter_of(connection);
    facts.server_end_point = end_point_of(connection);
    ERR_clear_error();
}

} // namespace net
