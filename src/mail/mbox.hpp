// The mbox format, as "mboxrd" has it: written as a stream (docs/formats.md). mbox_reader.hpp reads it.
//
// An entry is a line "From SENDER DATE", the message with LF line ends in which every line that begins with any
// number of ">" and "From " has one more ">", and an empty line. What cannot come back from an mbox as it was: a bare
// LF (it comes back as CRLF) and a last line without an end (it gets one). All else does, to the octet.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "mail/line_ends.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mail {

/// Writes one entry after the other. What `sink` answers ends the writing.
class mbox_writer {
public:
    using output = std::function<base::result<>(std::string_view)>;
    explicit mbox_writer(output sink) : into_(std::move(sink)) {}

    base::result<> begin(std::string_view sender, base::wall_time date);
    /// Canonical octets, cut anywhere.
    base::result<> octets(std::string_view canonical);
    base::result<> end();

private:
    void quote(std::string_view lines);
    void decide(bool is_from);

    output into_;
    mail::to_lf line_ends_;
    std::string out_;
    std::size_t quotes_ = 0;  ///< ">" at the beginning of this line, not yet written
    std::size_t matched_ = 0; ///< octets of "From " after them, not yet written
    bool undecided_ = true;   ///< still in `>*From `
    bool line_begun_ = false;
};

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
