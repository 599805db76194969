// Messages that programs spoilt as a whole.
#include "mail/mime/put_right.hpp"

#include "mail/mime/charset.hpp"
#include "mail/mime/fields.hpp"

#include <algorithm>
#include <optional>

namespace mail::mime {
namespace {

/// Line ends to which a CR was added twice.
std::string without_doubled_returns(std::string_view message)
{
    std::string out;
    for (std::size_t at = 0; at < message.size(); ++at)
        if (!message.substr(at).starts_with("\r\r\n")) out += message[at];
    return out;
}

/// Without the empty lines that a program put above the header section; a text that begins with one stays.
std::string_view from_first_field(std::string_view message)
{
    const std::size_t begin = std::min(message.size(), message.find_first_not_of("\r\n"));
    if (begin == 0) return message;
    const std::string_view header = entity_of(message.substr(begin)).header;
    for (const std::string_view name : {"from", "received", "return-path", "message-id"})
        if (!field_value(header, name).empty()) return message.substr(begin);
    return message;
}

/// A message of a system whose lines ended with CR alone, which was never put right: its first line end tells. Those
/// that are no part of a CRLF become LF.
std::optional<std::string> with_line_ends(std::string_view message)
{
    const auto first = message.find_first_of("\r\n");
    if (first == std::string_view::npos || message.substr(first).starts_with('\n') ||
        message.substr(first).starts_with("\r\n"))
        return std::nullopt;
    if (message.substr(first).starts_with("\r\r\n")) return without_doubled_returns(message);
    if (std::ranges::count(message, '\n') * 2 > std::ranges::count(message, '\r'))
        return std::nullopt; // a stray CR
    std::string changed(message);
    for (std::size_t at = first; at < changed.size(); ++at)
        if (changed[at] == '\r' && (at + 1 == changed.size() || changed[at + 1] != '\n')) changed[at] = '\n';
    return changed;
}

} // namespace

readable_octets put_right(std::string_view canonical, std::deque<std::string>& kept)
{
    readable_octets message{.octets = canonical};
    if (auto converted = from_utf_16_message(message.octets)) {
        message.octets = kept.emplace_back(*std::move(converted));
        message.was_utf_16 = true;
    }
    if (auto changed = with_line_ends(message.octets))
        message.octets = kept.emplace_back(*std::move(changed));
    message.octets = from_first_field(message.octets);
    return message;
}

} // namespace mail::mime
