// Passwords: what may be one, how it is hashed, and whether it fits a hash that some other server made.
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace auth {

/// What hashing a new password costs; the tests lower it.
struct password_costs {
    unsigned argon2_memory_kibibytes = 19456; ///< OWASP's Argon2id minimum: 19 MiB, 2 passes, 1 lane
    unsigned argon2_passes = 2;
    unsigned scram_sha_256_iterations = 600'000; ///< OWASP's figure for PBKDF2-HMAC-SHA-256
    unsigned scram_sha_1_iterations = 1'300'000; ///< OWASP's figure for PBKDF2-HMAC-SHA-1
};

/// The cost of a hash must not be the choice of a peer.
constexpr std::size_t password_octets_max = 1024;

/// Of SCRAM keys that are stored, and of those made up for an unknown user: another length would tell.
constexpr std::size_t scram_salt_octets = 16;

/// The SASLprep form (RFC 4013) of a new password, that the hash and the SCRAM keys are made of; `malformed`,
/// with what is wrong but never the password, where it is empty, too long, not UTF-8, or holds what SASLprep
/// forbids.
base::result<std::string> new_password(std::string_view typed);

/// "{ARGON2ID}$argon2id$…" with a salt of 16 octets, of a password that new_password() returned.
std::string hash_password(std::string_view prepared, base::random& random, const password_costs& costs);

/// Does the password fit? Tries it as typed, then, where that differs, in its SASLprep form. `stored` is
/// "{SCHEME}…"; without a scheme it is a crypt(3) string, as in Dovecot's passwd-file. False for an empty,
/// too long, or NUL-holding password. An error (malformed) where the scheme is unknown, or the hash is broken or
/// costs too much (auth/hash_cost.hpp).
base::result<bool> verify_password(std::string_view stored, std::string_view password);

/// What verify_password() would complain of, without a password: for a check of the whole file.
base::result<> check_stored(std::string_view stored);

/// "ARGON2ID", "SHA512-CRYPT" …, upper case, as far as "{…}" tells; "CRYPT" without it.
std::string scheme_of(std::string_view stored);

/// Everything of `stored` that decides how long it takes: scheme and cost parameters, no salt, no hash.
std::string cost_class(std::string_view stored);

/// Weaker than what hash_password() makes today.
bool needs_rehash(std::string_view stored, const password_costs& costs);

} // namespace auth
