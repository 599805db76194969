// The extra fields of a user's line that mean something here; all others are left alone.
#pragma once

#include "auth/user_directory.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace auth {

/// Takes one field into `user`. What is wrong with it, for the operator and without its value; empty where
/// nothing is. A key that is not ours is skipped.
std::string take_extra_field(std::string_view key, std::string_view value, user& user);

/// The field's value is a secret: never shown.
bool is_secret_field(std::string_view key);

// The values of extra fields in the users file: amounts, times, networks, yes and no.

/// Digits only.
std::optional<std::uint64_t> parse_number(std::string_view text);
/// "1073741824", "1048576K", "1024M", "1G", "1T" (also with a 'B' or "iB" behind): powers of 1024. A number
/// alone is in `unit_octets`.
std::optional<std::uint64_t> parse_octets(std::string_view text, std::uint64_t unit_octets = 1);
/// "90" (seconds), "90s", "15m", "12h", "7d", "2w"; at most a hundred years.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
/// "yes", "y", "true", "1", or nothing at all (a field without a value); "no", "n", "false", "0".
std::optional<bool> parse_yes_or_no(std::string_view text);
/// "192.0.2.0/24", "2001:db8::/32", or an address alone.
bool is_network(std::string_view text);

} // namespace auth
