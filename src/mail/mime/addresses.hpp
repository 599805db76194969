// Address lists and message-ids (RFC 5322, sections 3.4 and 3.6.4).
#pragma once

#include <string>
#include <vector>

namespace mail::mime {

/// An address list as people write it: `"Muster, Ann" <ann@example.org>, bob@example.org`; raw octets in one of
/// `labels` (charset.hpp).
std::string decoded_addresses(std::string value, const std::vector<std::string>& labels);

/// Message-ids without their brackets, at most `ids_max`.
std::vector<std::string> message_ids(const std::string& value, std::size_t ids_max);

} // namespace mail::mime
