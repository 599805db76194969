// Transfer encodings (RFC 2045, section 6).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
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

// Files inside a text: how they were attached before MIME, and still are.

struct uuencoded_file {
    std::size_t begin = 0, end = 0; ///< where its lines stand in the text, from "begin" to behind "end"
    std::string_view name{};
    std::string_view lines{}; ///< the encoded ones
    bool base64 = false;      ///< begin-base64
};

/// The first file in `text` at or behind `start`, whole: `begin MODE NAME`, lines of the right lengths, `end` (POSIX,
/// uuencode); or `begin-base64` and `====`.
std::optional<uuencoded_file> find_uuencoded(std::string_view text, std::size_t start);

/// The octets of uuencoded lines, the first and the last one or without them.
std::string uudecoded(std::string_view lines);

} // namespace mail::mime
