// Text from strangers, made fit for a terminal; and paragraphs that were cut into lines for the way (RFC 3676).
#pragma once

#include <string>
#include <string_view>

namespace mail::mime {

/// Well-formed UTF-8 without controls but TAB and LF, and without the characters that turn the direction of the text
/// around them (U+202A–U+202E, U+2066–U+2069: "gpj.exe" shall not look like "exe.jpg"). CRLF and CR become LF, what is
/// no UTF-8 becomes U+FFFD.
std::string clean_text(std::string_view text);

/// The same as one line: every run of white space is one space, none at the ends.
std::string clean_line(std::string_view text);

/// U+FFFD for each octet that is no UTF-8, all else as it is.
std::string well_formed(std::string text);

/// At most `octets_max` octets, cut between characters.
std::string_view cut_text(std::string_view utf8, std::size_t octets_max);

/// The character `point`, added to `out`; U+FFFD where there is none of that number.
void add_utf8(char32_t point, std::string& out);

/// format=flowed `text` (LF line ends) with each paragraph as one line; quotes keep their signs, the line before a
/// signature stays. With `delete_space` (DelSp=yes) the blank at a soft line end goes.
std::string unflowed(std::string_view text, bool delete_space);

} // namespace mail::mime
