// Where the header section of a message ends (RFC 5322, section 2.1).
#pragma once

#include <cstddef>
#include <string_view>

namespace mail {

/// Streams canonical octets and finds the empty line. Lines end with CRLF only; a message that begins with
/// an empty line has a header section without fields; one without an empty line is header section
/// altogether. Chunks may be cut anywhere.
class header_section_end {
public:
    /// How many octets at the beginning of `chunk` belong to the header section: all, or those up to
    /// the empty line with its CRLF, or, after it has been found, none.
    std::size_t find(std::string_view chunk);
    bool found() const { return matched_ == 4; }

private:
    unsigned matched_ = 2; // octets of CRLF CRLF met last; the beginning of a message is that of a line
};

/// The header section of a whole message, the empty line included.
std::string_view header_section_of(std::string_view message);

} // namespace mail
