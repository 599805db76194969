// Transfer encodings and address lists.
#pragma once

#include "mail/mime/structure.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mail::mime {

/// Calls `take` with the decoded octets, piece by piece, until it answers false.
void decode(std::string_view octets, transfer_encoding encoding,
            const std::function<bool(std::string_view)>& take);

/// An address list as people write it: `"Muster, Ann" <ann@example.org>, bob@example.org`; raw octets in one of
/// `labels` (charset.hpp).
std::string decoded_addresses(std::string value, const std::vector<std::string>& labels);

/// Message-ids without their brackets, at most `most`.
std::vector<std::string> message_ids(const std::string& value, std::size_t most);

} // namespace mail::mime
