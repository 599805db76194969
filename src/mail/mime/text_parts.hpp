// What is text in a message, and what lies in it undeclared.
#pragma once

#include "mail/mime/decoding.hpp"
#include "mail/mime/parts.hpp"

#include <deque>
#include <string>
#include <vector>

namespace mail::mime {

/// The name of a uuencoded file, decoded and without quotes; raw octets in one of `labels` (charset.hpp).
std::string name_of(const uuencoded_file& file, const std::vector<std::string>& labels);

/// The charset of a text: what its Content-Type says, else what a page of HTML says of itself; may be empty.
std::string charset_told_by(const part& text);

/// What `leaf` has to be cut into: the files that are uuencoded in a text, with the text around them; and the plain
/// text that stands behind base64: a mailing list's, or what a broken delimiter did not part from it. Empty where it is
/// one whole; where all of it is plain, the label base64 is wrong and goes. What had to be decoded is added to `kept`.
std::vector<part> pieces_of(part& leaf, std::deque<std::string>& kept);

} // namespace mail::mime
