// The values of extra fields in the users file: amounts, times, networks, yes and no.
#include "auth/field_values.hpp"

#include "auth/account.hpp"
#include "base/ascii.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <limits>
#include <string>

namespace auth {

namespace {

struct amount {
    std::uint64_t number = 0;
    std::string_view unit;
};

std::optional<amount> parse_amount(std::string_view text)
{
    amount found;
    const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), found.number);
    if (fault != std::errc{}) return std::nullopt;
    found.unit = text.substr(static_cast<std::size_t>(rest - text.data()));
    return found;
}

std::optional<std::uint64_t> multiply(std::uint64_t number, std::uint64_t by)
{
    if (by != 0 && number > std::numeric_limits<std::uint64_t>::max() / by) return std::nullopt;
    return number * by;
}

} // namespace

std::optional<std::uint64_t> parse_number(std::string_view text)
{
    const auto found = parse_amount(text);
    if (!found || !found->unit.empty()) return std::nullopt;
    return found->number;
}

std::optional<std::uint64_t> parse_octets(std::string_view text, std::uint64_t unit_octets)
{
    const auto found = parse_amount(text);
    if (!found) return std::nullopt;
    if (found->unit.empty()) return multiply(found->number, unit_octets);
    const std::string unit = base::lower_case(found->unit);
    if (unit == "b") return found->number;
    constexpr std::string_view prefixes = "kmgt";
    const std::size_t power = prefixes.find(unit.front());
    const std::string_view tail = std::string_view(unit).substr(1);
    if (power == prefixes.npos || !(tail.empty() || tail == "b" || tail == "ib")) return std::nullopt;
    return multiply(found->number, std::uint64_t{1} << (10 * (power + 1)));
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text)
{
    constexpr std::uint64_t seconds_max = 100ULL * 366 * 24 * 3600;
    const auto found = parse_amount(text);
    if (!found || found->unit.size() > 1) return std::nullopt;
    std::uint64_t seconds = 1;
    switch (found->unit.empty() ? 's' : found->unit.front()) {
    case 's': break;
    case 'm': seconds = 60; break;
    case 'h': seconds = 3600; break;
    case 'd': seconds = 24 * 3600; break;
    case 'w': seconds = 7 * 24 * 3600; break;
    default: return std::nullopt;
    }
    const auto total = multiply(found->number, seconds);
    if (!total || *total > seconds_max) return std::nullopt;
    return std::chrono::seconds(*total);
}

std::optional<bool> parse_yes_or_no(std::string_view text)
{
    const std::string word = base::lower_case(text);
    if (word.empty() || word == "yes" || word == "y" || word == "true" || word == "1") return true;
    if (word == "no" || word == "n" || word == "false" || word == "0") return false;
    return std::nullopt;
}

bool is_network(std::string_view text)
{
    const std::size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));
    std::array<unsigned char, 16> octets{};
    const bool is_v4 = inet_pton(AF_INET, address.c_str(), octets.data()) == 1;
    if (!is_v4 && inet_pton(AF_INET6, address.c_str(), octets.data()) != 1) return false;
    if (slash == text.npos) return true;
    const auto prefix_bits = parse_number(text.substr(slash + 1));
    return prefix_bits && *prefix_bits <= (is_v4 ? 32U : 128U);
}

} // namespace auth
