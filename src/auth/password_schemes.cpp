// The schemes of a stored hash: "{SCHEME}" or "{SCHEME.B64}" and what stands behind it, as Dovecot writes it.
#include "auth/password_schemes.hpp"

#include "auth/account.hpp"
#include "auth/password.hpp"
#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "sasl/scram.hpp"

#include <argon2.h>
#include <crypt.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

namespace auth {

enum class form {
    argon2,        ///< PHC string
    crypt,         ///< crypt(3) string
    scram,         ///< iterations and keys
    clear,         ///< the password itself
    digest,        ///< hash of the password
    salted_digest, ///< hash of password and salt, then the salt
};

enum class encoding { none, base64, hexadecimal };

struct password_scheme {
    std::string_view name;
    auth::form form;
    sasl::hash hash = sasl::hash::sha_256;
    std::size_t hash_octets = 0;
    auth::encoding encoding = encoding::none; ///< where the scheme's name has no ".B64" or ".HEX"
    std::string_view prefix = "";             ///< that the text must have
};

namespace {

constexpr std::array schemes{
    password_scheme{"ARGON2ID", form::argon2, {}, 0, encoding::none, "$argon2id$"},
    password_scheme{"ARGON2I", form::argon2, {}, 0, encoding::none, "$argon2i$"},
    password_scheme{"ARGON2", form::argon2, {}, 0, encoding::none, "$argon2"},
    password_scheme{"CRYPT", form::crypt},
    password_scheme{"YESCRYPT", form::crypt, {}, 0, encoding::none, "$y$"},
    password_scheme{"BLF-CRYPT", form::crypt, {}, 0, encoding::none, "$2"},
    password_scheme{"BCRYPT", form::crypt, {}, 0, encoding::none, "$2"},
    password_scheme{"SHA512-CRYPT", form::crypt, {}, 0, encoding::none, "$6$"},
    password_scheme{"SHA256-CRYPT", form::crypt, {}, 0, encoding::none, "$5$"},
    password_scheme{"MD5-CRYPT", form::crypt, {}, 0, encoding::none, "$1$"},
    password_scheme{"SCRAM-SHA-256", form::scram, sasl::hash::sha_256, 32},
    password_scheme{"SCRAM-SHA-1", form::scram, sasl::hash::sha_1, 20},
    password_scheme{"PLAIN", form::clear},
    password_scheme{"CLEAR", form::clear},
    password_scheme{"CLEARTEXT", form::clear},
    password_scheme{"SHA", form::digest, sasl::hash::sha_1, 20, encoding::base64},
    password_scheme{"SHA1", form::digest, sasl::hash::sha_1, 20, encoding::base64},
    password_scheme{"SHA256", form::digest, sasl::hash::sha_256, 32, encoding::base64},
    password_scheme{"SHA512", form::digest, sasl::hash::sha_512, 64, encoding::base64},
    password_scheme{"PLAIN-MD5", form::digest, sasl::hash::md5, 16, encoding::hexadecimal},
    password_scheme{"LDAP-MD5", form::digest, sasl::hash::md5, 16, encoding::base64},
    password_scheme{"SSHA", form::salted_digest, sasl::hash::sha_1, 20, encoding::base64},
    password_scheme{"SSHA256", form::salted_digest, sasl::hash::sha_256, 32, encoding::base64},
    password_scheme{"SSHA512", form::salted_digest, sasl::hash::sha_512, 64, encoding::base64},
};

base::error bad_hash(std::string detail)
{
    return base::permanent_error(base::failure::malformed, std::move(detail));
}

/// "{NAME}", cut into its name and an encoding that it may ask for.
struct heading {
    std::string name = "CRYPT";
    std::optional<auth::encoding> encoding;
    std::string_view text;
};

std::optional<heading> parse_heading(std::string_view stored)
{
    heading found;
    found.text = stored;
    if (!stored.starts_with('{')) return found;
    const std::size_t end = stored.find('}');
    if (end == stored.npos) return std::nullopt;
    found.name = base::upper_case(stored.substr(1, end - 1));
    found.text = stored.substr(end + 1);
    for (const auto& [suffix, meant] : {std::pair{std::string_view(".BASE64"), encoding::base64},
                                        std::pair{std::string_view(".B64"), encoding::base64},
                                        std::pair{std::string_view(".HEX"), encoding::hexadecimal}})
        if (found.name.ends_with(suffix)) {
            found.name.resize(found.name.size() - suffix.size());
            found.encoding = meant;
            break;
        }
    return found;
}

std::optional<std::string> decode(const heading& found, const password_scheme& scheme)
{
    // Dovecot reads a bare digest of twice its size as hexadecimal even where base64 is the rule.
    const bool looks_hexadecimal = scheme.form == form::digest && found.text.size() == 2 * scheme.hash_octets;
    switch (found.encoding.value_or(looks_hexadecimal ? encoding::hexadecimal : scheme.encoding)) {
    case encoding::none: return std::string(found.text);
    case encoding::base64: return base::from_base64(found.text);
    case encoding::hexadecimal: return base::from_hex(found.text);
    }
    return std::nullopt;
}

bool has_form(const password_scheme& scheme, const std::string& text)
{
    switch (scheme.form) {
    case form::argon2: return text.starts_with(scheme.prefix) && std::ranges::count(text, '$') >= 4;
    case form::crypt: {
        const int verdict = crypt_checksalt(text.c_str());
        return text.starts_with(scheme.prefix) && verdict != CRYPT_SALT_INVALID &&
               verdict != CRYPT_SALT_METHOD_DISABLED;
    }
    case form::scram: return parse_scram_keys(text, scheme.hash_octets).has_value();
    case form::clear: return !text.empty();
    case form::digest: return text.size() == scheme.hash_octets;
    case form::salted_digest: return text.size() > scheme.hash_octets;
    }
    return false;
}

base::result<bool> fits_argon2(const std::string& text, std::string_view password)
{
    const argon2_type type = text.starts_with("$argon2id$")  ? Argon2_id
                             : text.starts_with("$argon2i$") ? Argon2_i
                                                             : Argon2_d;
    const int verdict = argon2_verify(text.c_str(), password.data(), password.size(), type);
    if (verdict == ARGON2_OK || verdict == ARGON2_VERIFY_MISMATCH) return verdict == ARGON2_OK;
    return base::fail(
        bad_hash(std::string("an Argon2 hash cannot be computed: ") + argon2_error_message(verdict)));
}

base::result<bool> fits_crypt(const std::string& text, std::string_view password)
{
    const auto work = std::make_unique<crypt_data>(); // 32 KiB: too much for a coroutine's thread stack
    const char* const computed = crypt_r(std::string(password).c_str(), text.c_str(), work.get());
    // A failure of crypt(3), such as a password over its own limit, is a string that begins with '*'.
    return computed != nullptr && *computed != '*' && sasl::equal_in_constant_time(computed, text);
}

bool fits_scram(const password_scheme& scheme, const std::string& text, std::string_view password)
{
    const auto keys = parse_scram_keys(text, scheme.hash_octets);
    return keys &&
           sasl::equal_in_constant_time(
               sasl::derive_scram_keys(scheme.hash, password, keys->salt, keys->iterations).stored_key,
               keys->stored_key);
}

} // namespace

base::result<stored_hash> parse_stored_hash(std::string_view stored)
{
    const auto found = parse_heading(stored);
    if (!found) return base::fail(bad_hash("a password scheme is not closed: '{' without '}'"));
    const auto scheme = std::ranges::find(schemes, found->name, &password_scheme::name);
    if (scheme == schemes.end()) {
        // A password in the clear that begins with '{' must not reach a log by way of its "scheme".
        const bool tellable =
            found->name.size() <= 20 && std::ranges::all_of(found->name, [](char c) {
                return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
            });
        return base::fail(
            bad_hash((tellable ? "the password scheme {" + found->name + "}" : "a password scheme") +
                     " is not known here: see docs/auth.md for those that are"));
    }
    auto text = decode(*found, *scheme);
    if (!text || !has_form(*scheme, *text))
        return base::fail(
            bad_hash("what follows {" + std::string(scheme->name) + "} is not a hash of that scheme"));
    return stored_hash{&*scheme, std::move(*text)};
}

base::result<bool> stored_hash::fits(std::string_view password) const
{
    switch (scheme->form) {
    case form::argon2: return fits_argon2(text, password);
    case form::crypt: return fits_crypt(text, password);
    case form::scram: return fits_scram(*scheme, text, password);
    case form::clear: // hashed, so that the time does not tell the length
        return sasl::equal_in_constant_time(sasl::digest(sasl::hash::sha_256, password),
                                            sasl::digest(sasl::hash::sha_256, text));
    case form::digest: return sasl::equal_in_constant_time(sasl::digest(scheme->hash, password), text);
    case form::salted_digest: {
        const std::string salt = text.substr(scheme->hash_octets);
        return sasl::equal_in_constant_time(sasl::digest(scheme->hash, std::string(password) + salt) + salt,
                                            text);
    }
    }
    return false;
}

std::string scheme_of(std::string_view stored)
{
    const auto found = parse_heading(stored);
    return found ? found->name : "";
}

std::optional<sasl::scram_keys> parse_scram_keys(std::string_view text, std::size_t key_octets)
{
    constexpr unsigned iterations_max =
        100'000'000; // seconds of a client's time each; more is a typing error
    sasl::scram_keys keys;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), keys.iterations);
    if (fault != std::errc{} || keys.iterations == 0 || keys.iterations > iterations_max) return std::nullopt;
    std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (std::string* const field : {&keys.salt, &keys.stored_key, &keys.server_key}) {
        if (!rest.starts_with(',')) return std::nullopt;
        rest.remove_prefix(1);
        auto octets = base::from_base64(rest.substr(0, rest.find(',')));
        if (!octets) return std::nullopt;
        rest.remove_prefix(std::min(rest.find(','), rest.size()));
        *field = std::move(*octets);
    }
    if (!rest.empty() || keys.salt.empty() || keys.stored_key.size() != key_octets ||
        keys.server_key.size() != key_octets)
        return std::nullopt;
    return keys;
}

std::string format_scram_keys(const sasl::scram_keys& keys)
{
    return std::to_string(keys.iterations) + "," + base::to_base64(keys.salt) + "," +
           base::to_base64(keys.stored_key) + "," + base::to_base64(keys.server_key);
}

} // namespace auth
