// Octets in any charset, as UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mail::mime {

/// UTF-8 of `octets`, in the charset that senders mean by `label` (charset_labels.hpp). An octet that is none of its
/// charset leaves U+FFFD and takes nothing with it. Without a label, and with one that nobody knows: ISO-2022-JP where
/// its escapes are, UTF-8 if they are that, else Windows-1252. A byte order mark outweighs the label and is left out.
/// (What is labelled UTF-8 comes back as it is: clean_text() puts U+FFFD.)
std::string to_utf8(std::string octets, std::string_view label);

/// A whole message that a program kept in UTF-16, header section and all, as UTF-8; nothing where it is none.
std::optional<std::string> from_utf_16_message(std::string_view message);

/// Raw octets of a header field, which says no charset: as they are if they are UTF-8; else in the first of `labels`
/// that reads them without a U+FFFD, else in Windows-1252, but for what is UTF-8 in the middle of it.
std::string raw_to_utf8(std::string octets, const std::vector<std::string>& labels);

/// Escapes to Japanese, Chinese or Korean characters (RFC 1468, RFC 1554, RFC 1557), which mean nothing else.
bool has_escapes(std::string_view octets);

/// The charset that a page tells of itself: in its XML declaration or a meta element (HTML Standard, section
/// 13.2.3.2); empty where it tells none.
std::string charset_in_html(std::string_view octets);

} // namespace mail::mime
