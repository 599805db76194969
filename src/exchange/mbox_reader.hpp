// An mbox cut into its messages, as a stream (docs/formats.md).
//
// A message begins at a line "From ", a sender and a date, whatever stands before it. Where the date is missing or
// cannot be read, an empty line must stand before and a field behind. What else begins with "From " is text. A
// Content-Length counts only where it ends at such a line, or at the end of the file.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "mail/line_ends.hpp"
#include "mail/mbox.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace exchange {

/// What is found in an mbox.
class mbox_sink {
public:
    virtual ~mbox_sink() = default;
    /// `date`: when it arrived, by its separator; none where that cannot be read.
    virtual base::result<> begin(std::optional<base::wall_time> date) = 0;
    /// Canonical octets.
    virtual base::result<> octets(std::string_view chunk) = 0;
    virtual base::result<> end() = 0;
};

/// Reads an mbox piece by piece, with LF or CRLF line ends; one ">" is taken off ">From ", as mboxrd has it. Memory
/// does not grow with the file.
class mbox_reader {
public:
    /// At most `octets` of the file from `offset` on, for following a Content-Length; fewer at its end.
    using look_ahead = std::function<base::result<std::string>(std::uint64_t offset, std::size_t octets)>;
    mbox_reader(mbox_sink& sink, look_ahead look) : into_(sink), look_(std::move(look)) {}

    /// What the sink or the look ahead answers.
    base::result<> octets(std::string_view chunk);
    /// The file is over: ends the last message. `malformed` where it has octets, and no message.
    base::result<> finish();

    /// Octets before the first separator, which belong to no message; 0 where they are blanks, or a byte order mark.
    std::uint64_t octets_before() const { return words_before_ ? octets_before_ : 0; }
    /// Lines that had ">" taken off.
    std::uint64_t unquoted_lines() const { return unquoted_lines_; }

private:
    base::result<> line(std::string_view text);
    base::result<> separator_or_text(std::string_view text);
    base::result<> begin_entry(const mail::mbox_line& separator);
    base::result<> end_entry();
    base::result<> text(std::string_view octets, bool whole_line);
    base::result<> end_header();
    base::result<> flush();
    base::result<bool> ends_at_separator(std::uint64_t offset);
    void note_length(std::string_view field);

    mbox_sink& into_;
    look_ahead look_;
    mail::to_crlf line_ends_;
    std::string line_;         ///< the line at hand, as far as it has come
    std::string out_;          ///< in LF form
    std::string empty_held_;   ///< an empty line: belongs to the message unless another one begins
    std::string undated_held_; ///< a line that begins a message if a field follows
    std::optional<mail::mbox_line> begun_; ///< a separator behind which nothing has come yet
    std::optional<std::uint64_t> length_;  ///< Content-Length of the message at hand
    std::uint64_t offset_ = 0;             ///< of the end of the line at hand
    std::uint64_t protected_until_ = 0;    ///< no separator begins before
    std::uint64_t octets_before_ = 0;
    bool words_before_ = false; ///< they are more than blanks
    std::uint64_t unquoted_lines_ = 0;
    bool in_long_line_ = false; ///< its beginning was handed on already
    bool in_header_ = false;
    bool inside_ = false;
    bool any_ = false; ///< a separator was seen
};

} // namespace exchange
