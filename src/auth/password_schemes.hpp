// The schemes of a stored hash: "{SCHEME}" or "{SCHEME.B64}" and what stands behind it, as Dovecot writes it.
#pragma once

#include "base/result.hpp"
#include "sasl/server.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace auth {

struct password_scheme;

/// A hash whose scheme is known and whose text has that scheme's form.
struct stored_hash {
    const password_scheme* scheme = nullptr;
    std::string text; ///< behind the "{…}"; for the schemes of bare digests already decoded

    /// Compares in constant time. An error where the library cannot compute it.
    base::result<bool> fits(std::string_view password) const;
};

base::result<stored_hash> parse_stored_hash(std::string_view stored);

/// "iterations,salt,StoredKey,ServerKey", the last three in base64, as Dovecot's {SCRAM-SHA-256} has it;
/// nothing where it is broken. `key_octets` is 20 or 32.
std::optional<sasl::scram_keys> parse_scram_keys(std::string_view text, std::size_t key_octets);
std::string format_scram_keys(const sasl::scram_keys& keys);

} // namespace auth
