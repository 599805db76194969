// Base64 and hexadecimal, strict in both directions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace base {

/// RFC 4648, section 4, with padding.
std::string to_base64(std::string_view octets);

/// The octets, or nothing: no white space, no missing or misplaced padding, no stray bits are let
/// through (RFC 5034, section 4 asks a server to refuse them).
std::optional<std::string> from_base64(std::string_view text);

/// RFC 4648, section 5, without padding: safe in file names and unique-ids.
std::string to_base64url(std::string_view octets);

/// Lower-case hexadecimal.
std::string to_hex(std::string_view octets);

/// The octets, or nothing where a digit is no digit or one is missing.
std::optional<std::string> from_hex(std::string_view text);

} // namespace base
