// Takes the dots of DATA out and finds its end (RFC 5321, sections 4.1.1.4 and 4.5.2).
#pragma once

#include <cstddef>
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

} // namespace lmtp
