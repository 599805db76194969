// What GMime does for us: transfer encodings, charsets, encoded-words, parameters, addresses and dates.
#pragma once

#include "base/clock.hpp"
#include "mail/mime/structure.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mail::mime {

/// What Content-Type and Content-Disposition say; parameters decoded (RFC 2231, and RFC 2047 as many send it).
struct content_facts {
    std::string type; ///< lower case; empty where the field is missing or is none
    std::string charset, boundary, name;
    bool attachment = false;
};

content_facts facts_of(const std::string& content_type, const std::string& disposition);

/// Calls `take` with the decoded octets, piece by piece, until it answers false.
void decode(std::string_view octets, transfer_encoding encoding,
            const std::function<bool(std::string_view)>& take);

/// UTF-8 of `octets`. Where the charset is unknown or wrong: as UTF-8 if they are that, else as Windows-1252.
std::string to_utf8(std::string octets, std::string_view charset);

/// Unstructured text (RFC 2047), as UTF-8.
std::string decoded_text(const std::string& value);

/// An address list as people write it: `"Muster, Ann" <ann@example.org>, bob@example.org`.
std::string decoded_addresses(const std::string& value);

std::optional<base::wall_time> date_of(const std::string& value);

/// Message-ids without their brackets, at most `most`.
std::vector<std::string> message_ids(const std::string& value, std::size_t most);

} // namespace mail::mime
