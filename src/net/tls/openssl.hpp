// OpenSSL's objects with owners, and its errors as text.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

namespace net::openssl {

template <auto Free>
struct freed_by {
    template <typename Object>
    void operator()(Object* object) const
    {
        Free(object);
    }
};

struct free_names {
    void operator()(STACK_OF(X509_NAME) * names) const { sk_X509_NAME_pop_free(names, &X509_NAME_free); }
};

using bio = std::unique_ptr<BIO, freed_by<&BIO_free_all>>;
using certificate = std::unique_ptr<X509, freed_by<&X509_free>>;
using private_key = std::unique_ptr<EVP_PKEY, freed_by<&EVP_PKEY_free>>;
using context = std::unique_ptr<SSL_CTX, freed_by<&SSL_CTX_free>>;
using digest = std::unique_ptr<EVP_MD, freed_by<&EVP_MD_free>>;
using cipher = std::unique_ptr<EVP_CIPHER, freed_by<&EVP_CIPHER_free>>;
using number = std::unique_ptr<BIGNUM, freed_by<&BN_free>>;
using store = std::unique_ptr<X509_STORE, freed_by<&X509_STORE_free>>;
using general_names = std::unique_ptr<GENERAL_NAMES, freed_by<&GENERAL_NAMES_free>>;
using names = std::unique_ptr<STACK_OF(X509_NAME), free_names>;
using usages = std::unique_ptr<EXTENDED_KEY_USAGE, freed_by<&EXTENDED_KEY_USAGE_free>>;
using usage_bits = std::unique_ptr<ASN1_BIT_STRING, freed_by<&ASN1_BIT_STRING_free>>;

/// The reason of the latest error, and no error left behind.
inline std::string take_error()
{
    const char* const text = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return text == nullptr ? "no reason given" : text;
}

/// A BIO that reads `text`, which must outlive it.
inline bio reading(std::string_view text)
{
    return bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

} // namespace net::openssl
