// Times and sizes as people write them into a search.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace search {

/// From `begin` on, before `end`.
struct time_span {
    base::wall_time begin, end;
};

/// "2025", "2025-03", "2025-03-14": the whole of it, in UTC; "today", "yesterday"; "7d" (h, d, w): from so long before
/// `now` until now. Nothing where it is none of these, or no such day.
std::optional<time_span> parse_time_span(std::string_view text, base::wall_time now);

/// "1500", "200K", "1M", "2G": powers of 1024.
std::optional<std::int64_t> parse_size(std::string_view text);

} // namespace search
