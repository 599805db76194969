// Transfer encodings (RFC 2045, section 6).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace mail::mime {

enum class transfer_encoding { identity, base64, quoted_printable, uuencode };

/// What a Content-Transfer-Encoding means (RFC 2045, section 6.1), however it is written: comments, quotes, parameters
/// and the signs between its letters do not count ("base-64", "x-quoted_printable;").
transfer_encoding encoding_meant(std::string_view value);

/// Where the octets of a part that is labelled base64 are plain text, to their end: from their beginning where the
/// label is wrong, or from the lines that a mailing list added. npos where they are base64.
std::size_t plain_from(std::string_view octets);

/// Calls `take` with the decoded octets, piece by piece, until it answers false.
void decode(std::string_view octets, transfer_encoding encoding,
            const std::function<bool(std::string_view)>& take);

/// Base64 as mail has it: cut anywhere, with junk in it, padded in its middle. Fed in any cuts. What is no digit says
/// nothing, but for the padding: behind it the next group begins (texts that were encoded piece by piece and joined).
class base64_reader {
public:
    void add(std::string_view text, std::string& out);
    /// The octets of a last group that lacks its padding.
    void finish(std::string& out);

private:
    unsigned bits_ = 0;
    unsigned digits_ = 0;
};

} // namespace mail::mime
