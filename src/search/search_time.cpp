// The calendar of a search.
#include "search/search_time.hpp"

#include "base/ascii.hpp"

#include <charconv>
#include <chrono>

namespace search {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr std::int64_t amount_max = 100'000; // of hours, days or weeks: no time overflows

/// All of `text` as a number of `digits` digits.
std::optional<int> number_of(std::string_view text, std::size_t digits)
{
    int out = 0;
    const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.size() != digits || why != std::errc() || end != text.data() + text.size() || out < 0)
        return std::nullopt;
    return out;
}

std::optional<time_span> days_of(std::string_view text)
{
    using namespace std::chrono;
    constexpr std::size_t year_digits = 4, month_end = 7, day_end = 10;
    const auto year_number = number_of(text.substr(0, year_digits), year_digits);
    // Nanoseconds reach from 1677 to 2262.
    constexpr int year_min = 1900, year_max = 2200;
    if (!year_number || *year_number < year_min || *year_number > year_max) return std::nullopt;
    const year y{*year_number};
    if (text.size() == year_digits) return time_span{sys_days(y / 1 / 1), sys_days((y + years(1)) / 1 / 1)};
    if (text[year_digits] != '-') return std::nullopt;
    const auto month_number = number_of(text.substr(year_digits + 1, 2), 2);
    if (!month_number) return std::nullopt;
    const year_month m = y / *month_number;
    if (!m.ok()) return std::nullopt;
    if (text.size() == month_end) return time_span{sys_days(m / 1), sys_days((m + months(1)) / 1)};
    if (text.size() != day_end || text[month_end] != '-') return std::nullopt;
    const auto day_number = number_of(text.substr(month_end + 1), 2);
    if (!day_number) return std::nullopt;
    const year_month_day d = m / *day_number;
    if (!d.ok()) return std::nullopt;
    return time_span{sys_days(d), sys_days(d) + days(1)};
}

std::optional<time_span> until_now(std::string_view text, base::wall_time now)
{
    std::int64_t amount = 0;
    const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), amount);
    if (why != std::errc() || end + 1 != text.data() + text.size() || amount < 0 || amount > amount_max)
        return std::nullopt;
    switch (*end) {
    case 'h': return time_span{now - std::chrono::hours(amount), now};
    case 'd': return time_span{now - days(amount), now};
    case 'w': return time_span{now - std::chrono::weeks(amount), now};
    default: return std::nullopt;
    }
}

} // namespace

std::optional<time_span> parse_time_span(std::string_view text, base::wall_time now)
{
    const auto today = std::chrono::floor<days>(now);
    if (base::equal_ignoring_case(text, "today")) return time_span{today, today + days(1)};
    if (base::equal_ignoring_case(text, "yesterday")) return time_span{today - days(1), today};
    if (const auto whole = days_of(text)) return whole;
    return until_now(text, now);
}

std::optional<std::int64_t> parse_size(std::string_view text)
{
    constexpr std::string_view units = "kmg";
    constexpr int unit_bits = 10;
    constexpr std::int64_t largest = std::int64_t{1} << 32;
    std::int64_t amount = 0;
    const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), amount);
    if (why != std::errc() || amount < 0 || amount > largest) return std::nullopt;
    const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (rest.empty()) return amount;
    const auto unit = units.find(base::lower(rest.front()));
    if (rest.size() != 1 || unit == units.npos) return std::nullopt;
    return amount << (unit_bits * (static_cast<int>(unit) + 1));
}

} // namespace search
