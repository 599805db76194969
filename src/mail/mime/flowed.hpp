// Paragraphs that were cut into lines for the way (RFC 3676).
#pragma once

#include <string>
#include <string_view>

namespace mail::mime {

/// format=flowed `text` (LF line ends) with each paragraph as one line; quotes keep their signs, the line before a
/// signature stays. With `delete_space` (DelSp=yes) the blank at a soft line end goes.
std::string unflowed(std::string_view text, bool delete_space);

} // namespace mail::mime
