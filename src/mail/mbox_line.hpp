// The line "From SENDER DATE" that separates the messages of an mbox: written, and told from text.
#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mail {

/// "From ann@example.org Thu Jan  1 00:00:00 2026" without its end. White space and controls in the sender become "-".
std::string format_mbox_line(std::string_view sender, base::wall_time date);

/// How sure it is that a line begins a message.
enum class mbox_line_kind {
    text,    ///< no separator
    undated, ///< perhaps one: "From " alone, or with a sender and a date that nobody can read
    wordy,   ///< it ends in a date, and between "From" and that stand several words
    dated,   ///< "From ", at most one word for the sender, and a date
};

struct mbox_line {
    mbox_line_kind kind = mbox_line_kind::text;
    /// UTC; a zone in numbers counts, a named one does not. None where there is no such day.
    std::optional<base::wall_time> date;
};

/// Reads a line of at most mbox_line_octets_max octets, with its end or without. The date is asctime's, with or without
/// weekday and seconds, the zone anywhere, the year of two digits or four; or that of RFC 5322 or ISO 8601.
mbox_line read_mbox_line(std::string_view line);

/// 320 for the longest address (RFC 5321, section 4.5.3.1), and a date: what is longer is text.
inline constexpr std::size_t mbox_line_octets_max = 1024;

} // namespace mail
