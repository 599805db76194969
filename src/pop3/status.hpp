// The first line of every response: status indicator, response code, text (RFC 1939, section 3; RFC 2449,
// sections 3 and 8).
#pragma once

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

} // namespace pop3
