// Certificates for tests, signed with OpenSSL.
#include "unit/net/issuer.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cerrno>

namespace net::testing {

namespace {

openssl::private_key make_key(std::string_view kind)
{
    if (kind == "RSA") return openssl::private_key(EVP_RSA_gen(2048U));
    if (kind == "ED25519") return openssl::private_key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    return openssl::private_key(EVP_EC_gen("P-256"));
}

void extend(X509& certificate, X509& by, int kind, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, &by, &certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

std::string written(BIO* to)
{
    char* octets = nullptr;
    const long size = BIO_get_mem_data(to, &octets);
    return {octets, static_cast<std::size_t>(size)};
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string all;
    for (const auto& part : parts) all += (all.empty() ? "" : ",") + part;
    return all;
}

issued sign(const request& of, X509* authority, EVP_PKEY* authority_key)
{
    issued made;
    made.key = make_key(of.key);
    made.certificate.reset(X509_new());
    X509& certificate = *made.certificate;
    X509_set_version(&certificate, 2);
    static_cast<void>(ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), 4711));
    ASN1_TIME_set(X509_getm_notBefore(&certificate), std::chrono::system_clock::to_time_t(of.from));
    ASN1_TIME_set(X509_getm_notAfter(&certificate), std::chrono::system_clock::to_time_t(of.until));
    for (const auto& name : of.common_names)
        X509_NAME_add_entry_by_NID(X509_get_subject_name(&certificate), NID_commonName, MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(name.data()),
                                   static_cast<int>(name.size()), -1, 0);
    X509& by = authority == nullptr ? certificate : *authority;
    X509_set_issuer_name(&certificate, X509_get_subject_name(&by));
    X509_set_pubkey(&certificate, made.key.get());
    extend(certificate, by, NID_basic_constraints, authority == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    if (!of.subject_alt_names.empty())
        extend(certificate, by, NID_subject_alt_name, joined(of.subject_alt_names));
    if (!of.extended_key_usage.empty()) extend(certificate, by, NID_ext_key_usage, of.extended_key_usage);
    EXPECT_GT(X509_sign(&certificate, authority == nullptr ? made.key.get() : authority_key, of.digest), 0);
    const openssl::bio chain(BIO_new(BIO_s_mem()));
    const openssl::bio key(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(chain.get(), &certificate);
    PEM_write_bio_PKCS8PrivateKey(key.get(), made.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    made.chain_pem = written(chain.get());
    made.key_pem = written(key.get());
    return made;
}

} // namespace

issuer::issuer() : authority_(sign({.common_names = {"Test authority"}}, nullptr, nullptr)) {}

issued issuer::issue(const request& of) const
{
    return sign(of, authority_.certificate.get(), authority_.key.get());
}

certificate_pem pem_of(const std::string& name, const issued& of)
{
    return {{.name = name + ".pem", .octets = of.chain_pem, .permissions = 0644},
            {.name = name + ".key", .octets = of.key_pem, .permissions = 0600}};
}

pem_file missing_pem(const std::string& name)
{
    return {.name = name, .octets = base::fail(base::error_from_errno(ENOENT, "cannot read " + name))};
}

} // namespace net::testing
