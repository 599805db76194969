// What a client says: octets cut into lines in bounded memory, and a line parsed into keyword and argument (RFC 1939,
// section 3; RFC 2449, section 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pop3 {

/// One line as it came.
struct line {
    std::string_view text;  ///< without its end; empty where it was too long
    std::size_t octets = 0; ///< with its end; meaningless where it was too long
    bool too_long = false;
};

/// Collects octets and gives whole lines. A line ends with LF; one CR before it belongs to the end
/// (docs/pop3.md says why a bare LF is taken). A line above the limit is dropped while it arrives, so it is
/// never held, and is told once, when its end has come: its tail is never a line of its own.
class line_reader {
public:
    /// `octets_max`: the longest line, with its end.
    explicit line_reader(std::size_t octets_max) : octets_max_(octets_max) {}

    void receive(std::string_view octets);
    /// The next whole line, valid until the next call of a non-const member; nothing while none is complete.
    std::optional<line> next();
    /// Forgets everything, a half-read line too; tells how many octets were dropped.
    std::size_t clear();
    std::size_t buffered() const { return buffer_.size() - begin_; }

private:
    std::size_t octets_max_;
    std::string buffer_;
    std::size_t begin_ = 0;   // what lies before it is used up
    std::size_t scanned_ = 0; // no LF lies between begin_ and this
    bool skipping_ = false;   // within a line that is too long
};

/// RFC 2449, section 4: the longest command, with its CRLF.
constexpr std::size_t command_line_octets_max = 255;

/// The longest AUTH command and the longest SASL response line, with their CRLF. RFC 5034, section 4 holds
/// AUTH with an initial response to 255 octets, but real clients send whole tokens and tickets there; SASL
/// responses have no limit of their own, and none of the mechanisms spoken here needs more (RFC 4954, section
/// 4 names this number for SMTP).
constexpr std::size_t sasl_line_octets_max = 12'288;

/// What stands before the first space, and what stands behind it, to the octet: PASS may begin and end with
/// spaces.
struct command {
    std::string_view keyword;
    std::optional<std::string_view> argument; ///< none: there was no space
};

/// Splits a line at its first space. Spaces at its end mean nothing (decision 0116), except in PASS. Nothing where
/// the line holds a NUL or a CR, which no command may.
std::optional<command> parse_command(std::string_view text);

/// Keywords are the same in upper and lower case (RFC 1939, section 3); `upper` is in upper case.
bool is_keyword(std::string_view text, std::string_view upper);

/// A message's number in its session, from 1 (RFC 1939, section 5).
class message_number {
public:
    /// Digits only, without a sign, not 0, below 2^64. Nothing for all else.
    static std::optional<message_number> parse(std::string_view text);

    std::uint64_t value() const { return value_; }

private:
    explicit message_number(std::uint64_t value) : value_(value) {}
    std::uint64_t value_;
};

/// Digits only, below 2^64: TOP's count of lines may be 0.
std::optional<std::uint64_t> parse_count(std::string_view text);

/// The two halves around the last space; nothing where there is none or a half is empty.
std::optional<std::pair<std::string_view, std::string_view>> split_last(std::string_view argument);

} // namespace pop3
