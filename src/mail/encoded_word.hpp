// Encoded-words: text in any characters, written in ASCII (RFC 2047).
#pragma once

#include <string>
#include <string_view>

namespace mail {

/// Writes `text` as encoded-words (base64) of at most 60 octets, cut between characters and folded one a line
/// ("\r\n " between them), so that with a field name of up to 16 octets no line goes above the 76 octets of
/// section 2. The charset is utf-8, or unknown-8bit (RFC 1428) where `text` is no UTF-8. Controls become
/// spaces, so that what a client decodes cannot end a line. Empty for an empty text.
std::string to_encoded_words(std::string_view text);

} // namespace mail
