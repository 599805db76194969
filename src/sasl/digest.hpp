// Hashes, HMAC and PBKDF2 over OpenSSL, and comparison in constant time.
#pragma once

#include <string>
#include <string_view>

namespace sasl {

enum class hash { md5, sha_1, sha_256, sha_512 };

std::string digest(hash with, std::string_view octets);
/// RFC 2104.
std::string hmac(hash with, std::string_view key, std::string_view octets);
/// RFC 8018, section 5.2, with HMAC; as many octets as the hash has. `iterations` is at least 1.
std::string pbkdf2(hash with, std::string_view password, std::string_view salt, unsigned iterations);
/// In a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view left, std::string_view right);

} // namespace sasl
