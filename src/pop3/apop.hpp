// APOP at the client's end: the timestamp in a greeting, and the digest made of it (RFC 1939, section 7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pop3 {

/// The timestamp of a greeting, with its angle brackets, if it is a msg-id as RFC 5322 has it: others serve an attack
/// that gets at the secret (CVE-2007-1558).
std::optional<std::string> timestamp_of(std::string_view greeting);

/// The digest that APOP sends, in lower-case hexadecimal.
std::string apop_digest(std::string_view timestamp, std::string_view secret);

} // namespace pop3
