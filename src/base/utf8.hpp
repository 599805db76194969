// Is this UTF-8? RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace base {

/// How many octets the well-formed sequence at the start of `text` has: 1 to 4; 0 if it is not
/// well-formed or `text` is empty.
std::size_t utf8_sequence_octets(std::string_view text);

/// Every octet of `text` belongs to a well-formed sequence.
bool is_utf8(std::string_view text);

/// Every octet is below 0x80.
bool is_ascii(std::string_view text);

/// `sequence` is one well-formed sequence; it encodes a C0 or C1 control, DEL, or a character that
/// changes the direction of the text around it (a log line must not be re-ordered by a user name).
bool is_control(std::string_view sequence);

} // namespace base
