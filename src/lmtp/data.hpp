// The content of DATA: dots taken out and put in (RFC 5321, sections 4.1.1.4 and 4.5.2), and what is counted of it as
// it passes: many Received fields are a mail loop (section 6.3).
#pragma once

#include "mail/header_section.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace lmtp {

/// Streams what follows a 354. CRLF "." CRLF ends the data and nothing else does: bare CR and bare LF are
/// content, wherever they stand, and begin no line. The text before counts as CRLF, so "." CRLF at once is
/// the empty message. A dot that begins any other line is dropped. Chunks may be cut anywhere.
class data_decoder {
public:
    struct piece {
        std::string_view content; ///< a part of the input (or a constant); may be empty
        std::size_t used = 0;     ///< octets of the input that are done with
        bool ended = false;       ///< the end was met; what follows `used` is the next command
    };

    /// The next piece of content. Call again with what is left until all is used or it has ended.
    piece decode(std::string_view input);

private:
    enum class position {
        line_begin,    // after CRLF
        dot,           // after CRLF "."
        dot_cr,        // after CRLF "." CR
        text,          // anywhere else
        text_after_cr, // after a CR that was content
    };

    piece decode_text(std::string_view input, std::size_t skipped);

    position position_ = position::line_begin;
};

constexpr std::size_t text_line_octets_max =
    998; ///< without CRLF (RFC 5321, section 4.5.3.1.6: 1000 with it)

/// What a message asks of the way it is sent. Chunks may be cut anywhere.
class content_form {
public:
    void take(std::string_view chunk);
    /// Holds octets above 127: needs 8BITMIME (RFC 6152).
    bool eight_bit() const { return eight_bit_; }
    /// Holds a bare CR or LF, a NUL, or a line above the limit: DATA cannot carry it (RFC 5321, sections 2.3.8 and
    /// 4.1.1.4). Call at the end: a CR that nothing follows is bare.
    bool binary() const { return binary_ || after_cr_; }
    std::size_t octets() const { return octets_; }

private:
    bool eight_bit_ = false, binary_ = false, after_cr_ = false;
    std::size_t line_octets_ = 0;
    std::size_t octets_ = 0;
};

/// Streams content that is not binary() to the wire. A bare CR or LF is never let out, because some servers would see
/// the end of the message in it: convert() then gives false, and the data must not be ended.
class data_encoder {
public:
    bool convert(std::string_view chunk, std::string& out);
    /// CRLF where the content lacks it, and the end. False where the content ended with a bare CR.
    bool finish(std::string& out) const;

private:
    enum class position { line_begin, text, after_cr };
    position position_ = position::line_begin;
};

/// Looks at the header section only: a bounced message in the body brings its own Received fields, which do
/// not count. Chunks may be cut anywhere.
class received_counter {
public:
    void take(std::string_view chunk);
    std::size_t count() const { return count_; }

private:
    void take_octet(char octet);

    mail::header_section_end end_;
    std::size_t matched_ =
        0; // octets of "received:" that this line began with; not_here once it cannot match
    char last_ = '\0';
    std::size_t count_ = 0;
};

} // namespace lmtp
