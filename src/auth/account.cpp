// Which names can be users at all.
#include "auth/account.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace auth {

namespace {

constexpr std::size_t name_octets_max = 255; // RFC 4616; and an address of RFC 5321 has at most 254

bool holds_control(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t octets = base::utf8_sequence_octets(text);
        if (base::is_control(text.substr(0, octets))) return true;
        text.remove_prefix(octets);
    }
    return false;
}

/// A part becomes a folder's name: no "." or "..", nothing hidden, nothing that another system would trim.
bool can_be_folder(std::string_view part)
{
    const auto trimmed = [](char c) { return c == '.' || c == ' '; };
    return !part.empty() && !trimmed(part.front()) && !trimmed(part.back());
}

} // namespace

std::optional<std::string> canonical_name(std::string_view typed)
{
    if (typed.empty() || typed.size() > name_octets_max || !base::is_utf8(typed)) return std::nullopt;
    if (typed.find('/') != typed.npos || holds_control(typed)) return std::nullopt;
    const std::size_t at = typed.rfind('@');
    if (!can_be_folder(typed.substr(0, at))) return std::nullopt;
    if (at != typed.npos && !can_be_folder(typed.substr(at + 1))) return std::nullopt;
    return lower_case(typed);
}

std::string lower_case(std::string_view text)
{
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

} // namespace auth
