// The first line of every response: status indicator, response code, text (RFC 1939, section 3; RFC 2449,
// sections 3 and 8; RFC 3206).
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pop3 {

/// RFC 2449, section 4: the longest first line of a response, with its CRLF.
constexpr std::size_t response_line_octets_max = 512;

/// Appends the digits.
void append_number(std::string& out, std::uint64_t number);

/// "+OK" or "+OK text" and CRLF, never longer than a response line may be; `text` may be long, hold controls
/// or be no UTF-8: it is clipped between characters, and what may not be sent becomes "?". Without `utf8`,
/// that is all but ASCII.
void append_ok(std::string& out, std::string_view text, bool utf8);

/// "-ERR", the response code (with its brackets, or empty) and the text, made safe in the same way. A text
/// without a code never begins with "[": that would be read as one (RFC 2449, section 6.4).
void append_err(std::string& out, std::string_view response_code, std::string_view text, bool utf8);

/// "[AUTH]", "[IN-USE]", "[LOGIN-DELAY]", "[SYS/TEMP]" or "[SYS/PERM]"; empty where no code says it: the
/// client broke the grammar, or a message is no longer there.
///
/// With AUTH-RESP-CODE announced, a client asks for another password only on [AUTH], so all that is wrong
/// with the credentials has it, and nothing else. An account that is closed looks like a wrong password.
std::string_view response_code(const base::error& error);

/// The failure is one that a guesser of passwords meets: such failures are counted.
bool is_credential_failure(base::failure kind);

} // namespace pop3
