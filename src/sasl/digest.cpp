// Hashes, HMAC and PBKDF2 over OpenSSL, and comparison in constant time.
#include "sasl/digest.hpp"

#include "base/octets.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace sasl {

namespace {

const EVP_MD* algorithm(hash hash)
{
    switch (hash) {
    case hash::md5: return EVP_md5();
    case hash::sha_1: return EVP_sha1();
    case hash::sha_256: return EVP_sha256();
    case hash::sha_512: return EVP_sha512();
    }
    throw std::logic_error("sasl: no such hash");
}

// OpenSSL fails here only without memory or without the algorithm: neither is the peer's doing.
void require(bool done)
{
    if (!done) throw std::runtime_error("sasl: OpenSSL cannot compute a digest");
}

} // namespace

std::string digest(hash hash, std::string_view octets)
{
    std::string result(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    require(EVP_Digest(octets.data(), octets.size(), base::unsigned_octets(result), &size, algorithm(hash),
                       nullptr) == 1);
    result.resize(size);
    return result;
}

std::string hmac(hash hash, std::string_view key, std::string_view octets)
{
    std::string result(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    const std::string_view held = key.data() == nullptr ? std::string_view("") : key;
    require(HMAC(algorithm(hash), held.data(), static_cast<int>(held.size()), base::unsigned_octets(octets),
                 octets.size(), base::unsigned_octets(result), &size) != nullptr);
    result.resize(size);
    return result;
}

keyed_hmac::keyed_hmac(hash hash, std::string_view key) : context_(nullptr)
{
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context_ = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac); // the context holds it
    std::string name = EVP_MD_get0_name(algorithm(hash));
    const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                                OSSL_PARAM_construct_end()};
    const std::string_view held = key.data() == nullptr ? std::string_view("") : key;
    if (EVP_MAC_init(context_, base::unsigned_octets(held), held.size(), parameters.data()) == 1) return;
    EVP_MAC_CTX_free(context_);
    require(false);
}

keyed_hmac::~keyed_hmac()
{
    EVP_MAC_CTX_free(context_);
}

std::string keyed_hmac::digest_of(std::string_view octets)
{
    std::string result(EVP_MAX_MD_SIZE, '\0');
    std::size_t size = 0;
    require(EVP_MAC_init(context_, nullptr, 0, nullptr) == 1 &&
            EVP_MAC_update(context_, base::unsigned_octets(octets), octets.size()) == 1 &&
            EVP_MAC_final(context_, base::unsigned_octets(result), &size, result.size()) == 1);
    result.resize(size);
    return result;
}

std::string pbkdf2(hash hash, std::string_view password, std::string_view salt, unsigned iterations)
{
    const EVP_MD* const chosen = algorithm(hash);
    std::string result(static_cast<std::size_t>(EVP_MD_get_size(chosen)), '\0');
    require(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), base::unsigned_octets(salt),
                              static_cast<int>(salt.size()), static_cast<int>(iterations), chosen,
                              static_cast<int>(result.size()), base::unsigned_octets(result)) == 1);
    return result;
}

bool equal_in_constant_time(std::string_view left, std::string_view right)
{
    return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

} // namespace sasl
