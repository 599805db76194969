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

/// Reads stuffed octets off the wire, the other end of dot_stuffer. Nothing is copied: what comes out are views into
/// what went in, cut where a stuffed dot is left out.
///
/// Of a server that ends its own lines with CRLF, CRLF "." CRLF alone is the end (RFC 1939, section 3). Any other line
/// of one dot is octets of the letter: a server that stuffs only behind CRLF sends LF "." LF as it stands in a letter,
/// and who took that for the end would take what the letter's writer put behind it for the server's next reply
/// (docs/decisions/0168). Of a server that ends its own lines with LF, each line of one dot is the end.
///
/// Two dots behind a bare LF are a stuffed one, for dot_stuffer stuffs there; a single one was not stuffed, and stays.
/// Behind CRLF a dot that should have been stuffed and was not is lost with the line ".x" (nobody can tell it from a
/// stuffed one).
class dot_unstuffer {
public:
    explicit dot_unstuffer(bool crlf_only = true) : crlf_only_(crlf_only) {}

    struct piece {
        std::string_view octets; ///< canonical octets, a view into what was received
        std::size_t used = 0;    ///< so many octets of what was received are done with
        bool ended = false;      ///< the termination octet has come, with its line end
    };
    /// The next piece of `received`, which begins with what earlier pieces left unused. Nothing used and not ended:
    /// more octets are needed; no more than three are ever left then, a line of one dot: octets of the letter where
    /// more follows.
    piece next(std::string_view received);

    bool at_line_start() const { return at_line_start_; }
    /// The octets that came last are a bare LF.
    bool after_bare_lf() const { return after_bare_lf_; }
    /// A line of one dot was handed out. A server that ends letters so would have gone on with its next reply there.
    bool passed_dot_line() const { return passed_dot_line_; }

private:
    piece at_dot(std::string_view received);
    piece run(std::string_view received, std::size_t skipped);

    bool crlf_only_;
    bool passed_dot_line_ = false;
    bool at_line_start_ = true;
    bool after_bare_lf_ = false;
    bool after_cr_ = false; // the last octet was CR
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
