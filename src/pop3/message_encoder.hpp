// A stored message to the multi-line response that carries it, in one pass (RFC 1939, section 3).
#pragma once

#include "mail/line_ends.hpp"

#include <string>
#include <string_view>

namespace pop3 {

/// Streams the stored form to the wire: what mail::to_crlf and dot_stuffer do one after the other, octet for octet,
/// without the text between them. Chunks may be cut anywhere.
class message_encoder {
public:
    explicit message_encoder(mail::form stored) : stored_(stored) {}

    /// Appends to `out`, whose room grows once for a chunk of usual text.
    void convert(std::string_view stored, std::string& out);
    /// Ends the response: CRLF where the message lacks it, then the termination octet and CRLF. Call once.
    void finish(std::string& out) const;

private:
    mail::form stored_;
    bool empty_ = true;
    bool at_line_start_ = true;
    bool after_cr_ = false;   // the last octet was CR
    bool after_crlf_ = false; // the last two on the wire were CRLF
};

} // namespace pop3
