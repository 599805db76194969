// Durations, sizes and times as an operator writes them.
#include "config/values.hpp"

#include "base/ascii.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <limits>
#include <span>

namespace config {

namespace {

using std::chrono::seconds;

struct unit {
    char letter;
    std::uint64_t factor;
};

constexpr std::array duration_units{unit{'w', 7 * 24 * 3600}, unit{'d', 24 * 3600}, unit{'h', 3600},
                                    unit{'m', 60}, unit{'s', 1}};
constexpr std::array octet_units{unit{'T', 1ULL << 40U}, unit{'G', 1ULL << 30U}, unit{'M', 1ULL << 20U},
                                 unit{'K', 1ULL << 10U}};

constexpr std::uint64_t duration_seconds_max = 100ULL * 366 * 24 * 3600;
constexpr std::uint64_t octets_max = std::numeric_limits<std::int64_t>::max(); // TOML's integers are signed

struct amount {
    std::uint64_t number = 0;
    std::string_view rest;
};

std::optional<amount> leading_number(std::string_view text)
{
    amount out;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out.number);
    if (error != std::errc{}) return std::nullopt;
    out.rest = text.substr(static_cast<std::size_t>(stop - text.data()));
    return out;
}

std::optional<std::uint64_t> scale(const amount& given, std::span<const unit> units, std::uint64_t most)
{
    if (given.rest.size() != 1) return std::nullopt;
    for (const auto& [letter, factor] : units) {
        if (letter != given.rest.front()) continue;
        if (given.number > most / factor) return std::nullopt;
        return given.number * factor;
    }
    return std::nullopt;
}

std::string in_largest_unit(std::uint64_t number, std::span<const unit> units)
{
    for (const auto& [letter, factor] : units)
        if (number != 0 && number % factor == 0) return std::to_string(number / factor) + letter;
    return std::to_string(number);
}

// The fields of "YYYY-MM-DD" or "YYYY-MM-DDTHH:MM:SSZ", each where it must be.
std::optional<base::wall_time> parse_calendar(std::string_view text)
{
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:ddZ";
    if (text.size() != 10 && text.size() != shape.size()) return std::nullopt;
    for (std::size_t index = 0; index < text.size(); ++index) {
        const bool digit = base::is_digit(text[index]);
        if (shape[index] == 'd' ? !digit : text[index] != shape[index]) return std::nullopt;
    }
    const auto field = [&](std::size_t offset, std::size_t digits) {
        unsigned number = 0;
        if (offset < text.size())
            std::from_chars(text.data() + offset, text.data() + offset + digits, number);
        return number;
    };
    const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(field(0, 4))),
                                          std::chrono::month(field(5, 2)), std::chrono::day(field(8, 2))};
    const unsigned hour = field(11, 2), minute = field(14, 2), second = field(17, 2);
    if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return std::chrono::sys_days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           seconds(second);
}

} // namespace

std::optional<std::uint64_t> parse_whole_number(std::string_view text)
{
    const auto given = leading_number(text);
    if (!given || !given->rest.empty()) return std::nullopt;
    return given->number;
}

std::optional<seconds> parse_duration(std::string_view text)
{
    if (text == "0") return seconds(0);
    const auto given = leading_number(text);
    if (!given) return std::nullopt;
    const auto total = scale(*given, duration_units, duration_seconds_max);
    if (!total) return std::nullopt;
    return seconds(static_cast<std::int64_t>(*total));
}

std::string format_duration(seconds duration)
{
    // Without weeks: whoever wrote "7d" looks for it.
    return in_largest_unit(static_cast<std::uint64_t>(duration.count()),
                           std::span(duration_units).subspan<1>());
}

std::optional<std::chrono::milliseconds> parse_milliseconds(std::string_view text)
{
    if (!text.ends_with("ms")) return parse_duration(text);
    const auto given = parse_whole_number(text.substr(0, text.size() - 2));
    if (!given || *given > duration_seconds_max * 1000) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(*given));
}

std::string format_milliseconds(std::chrono::milliseconds duration)
{
    if (duration.count() % 1000 != 0) return std::to_string(duration.count()) + "ms";
    return format_duration(std::chrono::duration_cast<seconds>(duration));
}

std::optional<std::uint64_t> parse_octets(std::string_view text)
{
    const auto given = leading_number(text);
    if (!given || given->number > octets_max) return std::nullopt;
    if (given->rest.empty()) return given->number;
    return scale(*given, octet_units, octets_max);
}

std::string format_octets(std::uint64_t octets)
{
    return in_largest_unit(octets, octet_units);
}

std::optional<base::wall_time> parse_time(std::string_view text, base::wall_time now)
{
    if (const auto ago = parse_duration(text)) return now - *ago;
    return parse_calendar(text);
}

std::string format_time(base::wall_time time)
{
    const std::time_t since_epoch = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    static_cast<void>(gmtime_r(&since_epoch, &parts)); // fails only where the year is above an int
    std::array<char, sizeof "2026-11-24T15:00:00Z"> text{};
    const std::size_t octets = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return std::string(text.data(), octets);
}

} // namespace config
