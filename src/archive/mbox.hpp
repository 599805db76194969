// The mbox format, as "mboxrd" has it: written and read as a stream (docs/formats.md).
//
// An entry is a line "From SENDER DATE", the message with LF line ends in which every line that begins with any
// number of
// ">" and "From " has one more ">", and an empty line. What cannot come back from an mbox as it was: a bare LF (it
// comes back as CRLF) and a last line without an end (it gets one). All else does, to the octet.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "mail/line_ends.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace archive {

/// What the line "From …" tells.
struct mbox_envelope {
    std::string sender;                  ///< "MAILER-DAEMON" where nobody is known
    std::optional<base::wall_time> date; ///< in UTC; none where it cannot be read
};

/// "From ann@example.org Thu Jan  1 00:00:00 2026" without its end. White space and controls in the sender become "-".
std::string format_mbox_line(std::string_view sender, base::wall_time date);
/// Reads such a line; tolerant of all that follows the sender.
mbox_envelope parse_mbox_line(std::string_view line);

/// Writes one entry after the other. What `into` answers ends the writing.
class mbox_writer {
public:
    using output = std::function<base::result<>(std::string_view)>;
    explicit mbox_writer(output into) : into_(std::move(into)) {}

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

/// What is found in an mbox.
class mbox_sink {
public:
    virtual ~mbox_sink() = default;
    virtual base::result<> begin(const mbox_envelope& envelope) = 0;
    /// Canonical octets.
    virtual base::result<> octets(std::string_view chunk) = 0;
    virtual base::result<> end() = 0;
};

/// Reads an mbox piece by piece, with LF or CRLF line ends. An entry begins where a line begins with "From " at the
/// start of the file or after an empty line. Memory does not grow with the file.
class mbox_reader {
public:
    explicit mbox_reader(mbox_sink& into) : into_(into) {}

    /// `malformed` where the file begins with anything but an entry; and what the sink answers.
    base::result<> octets(std::string_view chunk);
    /// The file is over: ends the last entry.
    base::result<> finish();

private:
    enum class place { line_start, from_line, text };

    base::result<> octet(char one);
    base::result<> at_line_start(char one);
    base::result<> leave_line_start(bool unquote);
    base::result<> begin_entry();
    base::result<> flush();

    mbox_sink& into_;
    mail::to_crlf line_ends_;
    std::string out_;       ///< in LF form
    std::string from_line_; ///< at most from_line_octets_max
    mbox_reader::place place_ = place::line_start;
    std::size_t quotes_ = 0;
    std::size_t matched_ = 0;
    bool cr_held_ = false;     ///< a CR that is all of this line so far
    bool empty_before_ = true; ///< the line before was empty, or there was none
    std::string empty_held_;   ///< that empty line: belongs to the message unless an entry begins
    bool inside_ = false;
};

} // namespace archive
