// Hashes, HMAC and PBKDF2 over OpenSSL, and comparison in constant time.
#pragma once

#include <string>
#include <string_view>

struct evp_mac_ctx_st;

namespace sasl {

enum class hash { md5, sha_1, sha_256, sha_512 };

std::string digest(hash hash, std::string_view octets);
/// RFC 2104.
std::string hmac(hash hash, std::string_view key, std::string_view octets);
/// The same under one key, again and again: looking up the algorithm and taking in the key are done once. For one
/// thread at a time.
class keyed_hmac {
public:
    keyed_hmac(hash hash, std::string_view key);
    ~keyed_hmac();
    keyed_hmac(const keyed_hmac&) = delete;
    keyed_hmac& operator=(const keyed_hmac&) = delete;

    std::string digest_of(std::string_view octets);

private:
    evp_mac_ctx_st* context_;
};
/// RFC 8018, section 5.2, with HMAC; as many octets as the hash has. `iterations` is at least 1.
std::string pbkdf2(hash hash, std::string_view password, std::string_view salt, unsigned iterations);
/// In a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view left, std::string_view right);

} // namespace sasl
