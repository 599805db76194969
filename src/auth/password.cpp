// Passwords: what may be one, how it is hashed, and whether it fits a hash that some other server made.
#include "auth/password.hpp"

#include "auth/hash_cost.hpp"
#include "auth/password_schemes.hpp"
#include "sasl/prepare.hpp"

#include <argon2.h>

#include <charconv>
#include <stdexcept>

namespace auth {

namespace {

base::error bad_password(const std::string& detail)
{
    return base::permanent_error(base::failure::malformed, "the password " + detail);
}

bool can_be_password(std::string_view typed)
{
    return !typed.empty() && typed.size() <= password_octets_max && typed.find('\0') == typed.npos;
}

/// The number behind `key` in "m=19456,t=2,p=1".
unsigned parameter(std::string_view stored, std::string_view key)
{
    unsigned value = 0;
    const std::size_t offset = stored.find(key);
    if (offset != stored.npos)
        std::from_chars(stored.data() + offset + key.size(), stored.data() + stored.size(), value);
    return value;
}

} // namespace

base::result<std::string> new_password(std::string_view typed)
{
    if (typed.empty()) return base::fail(bad_password("is empty"));
    if (typed.size() > password_octets_max) return base::fail(bad_password("is longer than 1024 octets"));
    auto prepared = sasl::prepare(typed);
    if (!prepared)
        return base::fail(
            bad_password("is not UTF-8, or holds control or other characters that RFC 4013 forbids"));
    return std::move(*prepared);
}

std::string hash_password(std::string_view prepared, base::random& random, const password_costs& costs)
{
    constexpr std::size_t salt_octets = 16, hash_octets = 32; // RFC 9106, section 4
    constexpr unsigned lanes = 1;
    const std::string salt = random.octets(salt_octets);
    std::string encoded(argon2_encodedlen(costs.argon2_passes, costs.argon2_memory_kibibytes, lanes,
                                          salt_octets, hash_octets, Argon2_id),
                        '\0');
    const int verdict = argon2id_hash_encoded(costs.argon2_passes, costs.argon2_memory_kibibytes, lanes,
                                              prepared.data(), prepared.size(), salt.data(), salt.size(),
                                              hash_octets, encoded.data(), encoded.size());
    if (verdict != ARGON2_OK)
        throw std::runtime_error(std::string("argon2: ") + argon2_error_message(verdict));
    encoded.resize(encoded.find('\0')); // argon2_encodedlen() counts the terminator too
    return "{ARGON2ID}" + encoded;
}

base::result<bool> verify_password(std::string_view stored, std::string_view password)
{
    const auto hash = parse_stored_hash(stored);
    if (!hash) return base::fail(hash.error());
    if (const auto reason = unusable(stored))
        return base::fail(base::permanent_error(base::failure::malformed, "the stored hash " + *reason));
    if (!can_be_password(password)) return false;
    const auto typed = hash->fits(password);
    if (!typed || *typed) return typed;
    const auto prepared = sasl::prepare(password);
    if (!prepared || *prepared == password) return false;
    return hash->fits(*prepared);
}

base::result<> check_stored(std::string_view stored)
{
    const auto hash = parse_stored_hash(stored);
    if (!hash) return base::fail(hash.error());
    return {};
}

std::string cost_class(std::string_view stored)
{
    std::string scheme = scheme_of(stored);
    const std::size_t behind = stored.starts_with('{') ? stored.find('}') + 1 : 0;
    const std::string_view text = stored.substr(behind);
    if (scheme.starts_with("SCRAM-")) return scheme + std::string(text.substr(0, text.find(',')));
    if (!text.starts_with('$')) return scheme;
    // "$id$parameters$salt$hash"; bcrypt has no '$' between salt and hash.
    std::size_t end = text.rfind('$');
    if (!text.starts_with("$2") && end != 0) end = text.rfind('$', end - 1);
    return scheme + std::string(text.substr(0, end));
}

bool needs_rehash(std::string_view stored, const password_costs& costs)
{
    return scheme_of(stored) != "ARGON2ID" || parameter(stored, "m=") < costs.argon2_memory_kibibytes ||
           parameter(stored, "t=") < costs.argon2_passes;
}

} // namespace auth
