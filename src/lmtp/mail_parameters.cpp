// Parsing of parameters.
#include "lmtp/mail_parameters.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace lmtp {
namespace {

constexpr std::size_t size_digits_max = 20; // RFC 1870, section 4 (6)

bool all_digits(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, base::is_digit);
}

std::unexpected<reply> fault(unsigned code, std::string_view text)
{
    return std::unexpected(reply{code, "5.5.4", std::string(text)});
}

/// The part of `text` before `separator`, which is taken away with it.
std::string_view take_until(std::string_view& text, char separator)
{
    const std::string_view out = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), out.size() + 1));
    return out;
}

std::expected<std::uint64_t, reply> parse_size(std::string_view digits)
{
    if (!all_digits(digits) || digits.size() > size_digits_max)
        return fault(501, "SIZE wants 1 to 20 digits");
    std::uint64_t out = 0;
    const auto [_, trouble] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return trouble == std::errc{} ? out : std::numeric_limits<std::uint64_t>::max();
}

} // namespace

std::expected<mail_parameters, reply> parse_mail_parameters(std::string_view text)
{
    mail_parameters out;
    bool body_seen = false;
    if (!text.empty() && !text.starts_with(' ')) return fault(501, "A space belongs before a parameter");
    while (!text.empty()) {
        std::string_view value = take_until(text, ' ');
        if (value.empty()) continue; // more spaces than needed, as some senders write
        const bool has_value = value.contains('=');
        const std::string_view keyword = take_until(value, '=');
        if (base::equal_ignoring_case(keyword, "SIZE")) {
            if (out.octets_declared) return fault(501, "SIZE given twice");
            const auto size = parse_size(value);
            if (!size) return std::unexpected(size.error());
            out.octets_declared = *size;
        } else if (base::equal_ignoring_case(keyword, "BODY")) {
            if (std::exchange(body_seen, true)) return fault(501, "BODY given twice");
            if (!base::equal_ignoring_case(value, "7BIT") && !base::equal_ignoring_case(value, "8BITMIME"))
                return fault(501, "BODY is 7BIT or 8BITMIME");
        } else if (base::equal_ignoring_case(keyword, "SMTPUTF8")) {
            if (has_value) return fault(501, "SMTPUTF8 has no value");
            out.smtputf8 = true;
        } else {
            return fault(555, "Parameter not known");
        }
    }
    return out;
}

std::optional<chunk_announcement> parse_chunk_announcement(std::string_view argument)
{
    const std::string_view digits = take_until(argument, ' ');
    chunk_announcement out;
    if (!all_digits(digits)) return std::nullopt;
    const auto [_, trouble] = std::from_chars(digits.data(), digits.data() + digits.size(), out.octets);
    if (trouble != std::errc{}) return std::nullopt;
    out.last = base::equal_ignoring_case(argument, "LAST");
    if (!out.last && !argument.empty()) return std::nullopt;
    return out;
}

} // namespace lmtp
