// Multi-line responses: byte-stuffing, and the part of a message that TOP asks for (RFC 1939, sections 3 and 7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pop3 {

/// Streams canonical octets to the wire: a dot at the start of a line gets a second one. Chunks may be cut
/// anywhere.
///
/// A line starts at the first octet and behind every LF, a bare one too. RFC 1939 ends lines with CRLF only,
/// but most clients read up to LF: to them an unstuffed `LF . CRLF` would end the message, and its rest would
/// answer their next command (docs/decisions/0011).
class dot_stuffer {
public:
    void convert(std::string_view chunk, std::string& out);
    /// Ends the response: CRLF where the message lacks it, then the termination octet and CRLF. Call once.
    void finish(std::string& out) const;

private:
    bool empty_ = true;
    bool at_line_start_ = true;
    bool after_cr_ = false;   // the last octet was CR
    bool after_crlf_ = false; // the last two were CRLF
};

/// Lets through what `TOP msg n` sends of a message: the header section, the blank line, n lines of the body.
class top_limiter {
public:
    explicit top_limiter(std::uint64_t body_lines) : lines_left_(body_lines) {}

    /// The beginning of `chunk` that belongs to the answer; all of it, until done().
    std::string_view pass(std::string_view chunk);
    /// No further octet belongs to the answer: the message need not be read on.
    bool done() const { return in_body_ && lines_left_ == 0; }

private:
    std::uint64_t lines_left_;
    bool in_body_ = false;
    bool line_is_blank_ = true; // so far the line holds nothing, or one CR
    bool line_has_octets_ = false;
};

} // namespace pop3
