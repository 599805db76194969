// Transfer encodings and address lists.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

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

/// An address list as people write it: `"Muster, Ann" <ann@example.org>, bob@example.org`; raw octets in one of
/// `labels` (charset.hpp).
std::string decoded_addresses(std::string value, const std::vector<std::string>& labels);

/// Message-ids without their brackets, at most `most`.
std::vector<std::string> message_ids(const std::string& value, std::size_t most);

} // namespace mail::mime
