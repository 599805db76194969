// What computing a stored hash costs: bounded, since whoever writes the users file may not be who pays.
#include "auth/hash_cost.hpp"

#include "auth/password.hpp"

#include <charconv>
#include <cstdint>
#include <vector>

namespace auth {

namespace {

// Each is about a second of one core, and four hash threads fit into the memory of a small machine. Far above
// what Dovecot, libxcrypt, OWASP and RFC 9106 (section 4, second option) choose.
constexpr std::uint64_t argon2_kibibytes_max = 262'144;         // 256 MiB
constexpr std::uint64_t argon2_kibibyte_passes_max = 1'048'576; // 1 GiB gone through
constexpr std::uint64_t argon2_lanes_max = 16;
constexpr std::uint64_t bcrypt_cost_max = 14;
constexpr std::uint64_t rounds_max = 2'000'000;            // SHA-crypt, sha1crypt, SunMD5
constexpr std::uint64_t scrypt_octets_max = 256ULL << 20U; // yescrypt, scrypt: 128 * r * N
constexpr std::uint64_t pbkdf2_iterations_max = 5'000'000; // SCRAM keys that a password is checked with

constexpr std::string_view crypt_digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

using reason = std::optional<std::string>;

/// The parts between '$', without the empty one before the first.
std::vector<std::string_view> parts_of(std::string_view text)
{
    std::vector<std::string_view> parts;
    while (text.starts_with('$')) {
        text.remove_prefix(1);
        parts.push_back(text.substr(0, text.find('$')));
        text.remove_prefix(parts.back().size());
    }
    return parts;
}

/// The whole number behind `key`, or nothing; without a key the whole text.
std::optional<std::uint64_t> number(std::string_view text, std::string_view key = {})
{
    const auto offset = text.find(key);
    if (offset == text.npos) return std::nullopt;
    text.remove_prefix(offset + key.size());
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || (end != text.data() + text.size() && *end != ',')) return std::nullopt;
    return value;
}

reason too_dear(std::string_view cost, std::uint64_t value, std::uint64_t most)
{
    if (value <= most) return std::nullopt;
    return "costs too much to be computed at a log-in: " + std::string(cost) + " of " +
           std::to_string(value) + ", at most " + std::to_string(most);
}

reason cut_short()
{
    return "is cut short or malformed, so no password fits";
}

/// "$argon2id$v=19$m=65536,t=3,p=1$salt$hash"; old ones have no version.
reason argon2(std::string_view text)
{
    auto parts = parts_of(text);
    if (parts.size() == 5 && parts[1].starts_with("v=")) parts.erase(parts.begin() + 1);
    if (parts.size() != 4 || parts[2].empty() || parts[3].empty()) return cut_short();
    const auto memory = number(parts[1], "m="), passes = number(parts[1], "t="),
               lanes = number(parts[1], "p=");
    if (!memory || !passes || !lanes) return cut_short();
    if (auto dear = too_dear("a memory (m) in KiB", *memory, argon2_kibibytes_max)) return dear;
    if (*passes > argon2_kibibyte_passes_max)
        return too_dear("passes (t)", *passes, argon2_kibibyte_passes_max);
    if (auto dear = too_dear("memory times passes (m * t)", *memory * *passes, argon2_kibibyte_passes_max))
        return dear;
    return too_dear("lanes (p)", *lanes, argon2_lanes_max);
}

reason bcrypt(std::string_view text)
{
    constexpr std::size_t octets = 60; // "$2b$12$", salt, hash
    const auto parts = parts_of(text);
    const auto cost = parts.size() == 3 ? number(parts[1]) : std::nullopt;
    if (!cost || text.size() != octets) return cut_short();
    return too_dear("a cost", *cost, bcrypt_cost_max);
}

/// "$6$salt$hash" or "$6$rounds=N$salt$hash".
reason sha_crypt(std::string_view text, std::size_t hash_octets)
{
    const auto parts = parts_of(text);
    if (parts.size() < 3 || parts.size() > 4 || parts.back().size() != hash_octets) return cut_short();
    if (parts.size() == 3) return std::nullopt;
    const auto rounds = number(parts[1], "rounds=");
    if (!rounds || !parts[1].starts_with("rounds=")) return cut_short();
    return too_dear("rounds", *rounds, rounds_max);
}

std::optional<std::uint64_t> digits(std::string_view text)
{
    std::uint64_t value = 0;
    for (std::size_t index = text.size(); index > 0; --index) { // the lowest comes first
        const auto digit = crypt_digits.find(text[index - 1]);
        if (digit == crypt_digits.npos) return std::nullopt;
        value = value * crypt_digits.size() + digit;
    }
    return value;
}

reason scrypt_memory(std::uint64_t block, std::uint64_t blocks_log2)
{
    constexpr std::uint64_t log2_max = 40;
    if (blocks_log2 > log2_max) return too_dear("a cost (log2 N)", blocks_log2, log2_max);
    return too_dear("a memory in octets", (128 * block) << blocks_log2, scrypt_octets_max);
}

/// "$y$jFT$salt$hash": flavour, log2 N - 1, r - 1, each a digit; crypt(3) makes no others below r = 49.
reason yescrypt(std::string_view text)
{
    const auto parts = parts_of(text);
    if (parts.size() != 4 || parts[3].size() != 43) return cut_short();
    if (parts[1].size() != 3) return "has parameters of yescrypt that are not computed here";
    const auto blocks_log2 = digits(parts[1].substr(1, 1)), block = digits(parts[1].substr(2, 1));
    if (!blocks_log2 || !block) return cut_short();
    return scrypt_memory(*block + 1, *blocks_log2 + 1);
}

/// "$7$", log2 N (one digit), r and p (five each), salt, '$', hash.
reason scrypt(std::string_view text)
{
    const auto parts = parts_of(text);
    if (parts.size() != 3 || parts[1].size() < 11 || parts[2].size() != 43) return cut_short();
    const auto blocks_log2 = digits(parts[1].substr(0, 1)), block = digits(parts[1].substr(1, 5)),
               lanes = digits(parts[1].substr(6, 5));
    if (!blocks_log2 || !block || !lanes) return cut_short();
    return scrypt_memory(*block * *lanes, *blocks_log2);
}

/// "$sha1$N$salt$hash", "$md5,rounds=N$salt$$hash", "_NNNN" (BSDi); the old ones have no cost to choose.
reason old_crypt(std::string_view text)
{
    if (text.starts_with("$sha1$")) {
        const auto rounds = number(parts_of(text)[1]);
        return rounds ? too_dear("rounds", *rounds, rounds_max) : cut_short();
    }
    if (text.starts_with("$md5,rounds=")) {
        const auto rounds = number(parts_of(text)[0], "rounds=");
        return rounds ? too_dear("rounds", *rounds, rounds_max) : cut_short();
    }
    if (!text.starts_with('_')) return std::nullopt;
    const auto rounds = digits(text.substr(1, 4));
    return rounds ? too_dear("rounds", *rounds, rounds_max) : cut_short();
}

reason crypt(std::string_view text)
{
    if (text.starts_with("$2")) return bcrypt(text);
    if (text.starts_with("$5$")) return sha_crypt(text, 43);
    if (text.starts_with("$6$")) return sha_crypt(text, 86);
    if (text.starts_with("$1$") && (parts_of(text).size() != 3 || parts_of(text)[2].size() != 22))
        return cut_short();
    if (text.starts_with("$y$") || text.starts_with("$gy$")) return yescrypt(text);
    if (text.starts_with("$7$")) return scrypt(text);
    return old_crypt(text);
}

} // namespace

std::optional<std::string> unusable(std::string_view stored)
{
    const auto scheme = scheme_of(stored);
    const auto text = stored.substr(stored.starts_with('{') ? stored.find('}') + 1 : 0);
    if (scheme.starts_with("ARGON2")) return argon2(text);
    if (scheme.starts_with("SCRAM-"))
        return too_dear("iterations", number(text.substr(0, text.find(','))).value_or(0),
                        pbkdf2_iterations_max);
    if (scheme.ends_with("CRYPT")) return crypt(text);
    return std::nullopt;
}

std::optional<std::string> unusable(const sasl::scram_keys& keys)
{
    return too_dear("iterations", keys.iterations, pbkdf2_iterations_max);
}

} // namespace auth
