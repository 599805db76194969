// Durations, sizes and times as an operator writes them.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace config {

/// Digits only, below 2^64.
std::optional<std::uint64_t> parse_whole_number(std::string_view text);

/// "90s", "15m", "2h", "7d", "4w"; "0" needs no unit. Nothing where it is none of these or more than
/// 100 years, so that adding one to a time never overflows.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// The text in the largest unit up to days that parse_duration() reads as the same: "7d", not "168h" or "1w".
std::string format_duration(std::chrono::seconds duration);

/// As parse_duration(), and "100ms".
std::optional<std::chrono::milliseconds> parse_milliseconds(std::string_view text);
std::string format_milliseconds(std::chrono::milliseconds duration);

/// "1000", "64K", "50M", "10G", "1T": powers of 1024. Nothing where it is none of these or above 2^63 - 1,
/// which is as far as TOML counts.
std::optional<std::uint64_t> parse_octets(std::string_view text);

/// The shortest text that parse_octets() reads as the same: "50M".
std::string format_octets(std::uint64_t octets);

/// A moment in the past: a duration before `now` ("2h"), a day ("2026-11-24", its midnight in UTC) or a
/// second
/// ("2026-11-24T15:00:00Z", UTC).
std::optional<base::wall_time> parse_time(std::string_view text, base::wall_time now);

/// "2026-11-24T15:00:00Z".
std::string format_time(base::wall_time time);

} // namespace config
