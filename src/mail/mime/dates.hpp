// Dates of header fields.
#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string_view>

namespace mail::mime {

/// A date of RFC 5322, section 3.3, its obsolete forms (section 4.3), and what else is sent: RFC 850, asctime, ISO
/// 8601, dots and slashes, the year first, months of other languages, Unix time, encoded-words. From 1970 to 2200;
/// without a zone, or with one that nobody knows, in UTC.
std::optional<base::wall_time> date_of(std::string_view value);

/// When the message came to the last server that tells it: the date of the topmost Received of `header` that has one
/// (RFC 5321, section 4.4).
std::optional<base::wall_time> date_received(std::string_view header);

} // namespace mail::mime
