// tls-server-end-point by RFC 5929, and who a certificate is for.
#include "net/tls/facts.hpp"
#include "unit/net/issuer.hpp"

#include <gtest/gtest.h>

namespace net::testing {
namespace {

std::string digest_of(X509* certificate, const EVP_MD* digest)
{
    std::string hash(EVP_MAX_MD_SIZE, '\0');
    unsigned octets = 0;
    X509_digest(certificate, digest, reinterpret_cast<unsigned char*>(hash.data()), &octets);
    return hash.substr(0, octets);
}

TEST(server_end_point, hashes_as_the_signature_does)
{
    const issuer authority;
    for (const auto* digest : {EVP_sha256(), EVP_sha384(), EVP_sha512()}) {
        const auto made = authority.issue({.common_names = {"x"}, .digest = digest});
        EXPECT_EQ(server_end_point_of(made.certificate.get()), digest_of(made.certificate.get(), digest));
    }
}

TEST(server_end_point, puts_sha_256_in_place_of_sha_1)
{
    const auto made = issuer().issue({.common_names = {"x"}, .digest = EVP_sha1()});
    EXPECT_EQ(server_end_point_of(made.certificate.get()), digest_of(made.certificate.get(), EVP_sha256()));
}

TEST(certificate_identity, is_nobody_when_a_name_hides_a_nul)
{
    const std::string hidden("mrose\0.evil.example", 19);
    const auto made = issuer().issue({.common_names = {hidden}, .extended_key_usage = "clientAuth"});
    EXPECT_EQ(certificate_identity_of(made.certificate.get()), "");
}

} // namespace
} // namespace net::testing
