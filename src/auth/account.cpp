// Which names can be users at all.
#include "auth/account.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "sasl/prepare.hpp"

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

bool can_be_name(std::string_view text)
{
    if (text.empty() || text.size() > name_octets_max || !base::is_utf8(text)) return false;
    if (text.find('/') != text.npos || holds_control(text)) return false;
    const std::size_t offset = text.rfind('@');
    return can_be_folder(text.substr(0, offset)) &&
           (offset == text.npos || can_be_folder(text.substr(offset + 1)));
}

/// What may still have a domain that IDNA does not allow.
std::optional<std::string> prepared_text(std::string_view typed)
{
    if (!can_be_name(typed)) return std::nullopt;
    if (base::is_ascii(typed)) return base::lower_case(typed); // SASLprep changes no ASCII
    const auto prepared = sasl::prepare(typed);
    if (!prepared || !can_be_name(*prepared)) return std::nullopt; // a full-width '/' is '/' now
    return base::lower_case(*prepared);
}

} // namespace

std::optional<std::string> canonical_name(std::string_view typed)
{
    auto prepared = prepared_text(typed);
    auto canonical = prepared ? sasl::with_a_labels(*std::move(prepared)) : std::nullopt;
    return canonical && can_be_name(*canonical) ? canonical : std::nullopt;
}

std::optional<std::string> prepared_name(std::string_view typed)
{
    return canonical_name(typed) ? prepared_text(typed) : std::nullopt;
}

std::optional<std::string> canonical_domain(std::string_view typed)
{
    constexpr std::string_view somebody = "x@";
    if (typed.find('@') != typed.npos) return std::nullopt;
    const auto name = canonical_name(std::string(somebody).append(typed));
    return name ? std::optional(name->substr(somebody.size())) : std::nullopt;
}

} // namespace auth
