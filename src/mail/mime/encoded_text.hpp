// Reading of encoded-words (RFC 2047), as mail programs write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mail::mime {

/// Unstructured text as UTF-8. Adjacent words of one charset are put together before the charset is applied, whatever
/// their encoding and padding; raw octets are in one of `labels` (charset.hpp).
std::string decoded_text(std::string value, const std::vector<std::string>& labels);

/// The same field with each run of adjacent words written as one word of UTF-8 and base64, and raw octets as UTF-8:
/// what a parser of structured fields can read, whose commas and quotes are still its own.
std::string with_whole_words(std::string value, const std::vector<std::string>& labels);

} // namespace mail::mime
