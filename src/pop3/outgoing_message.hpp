// A stored message to the multi-line response that carries it (RFC 1939, section 3), and what RETR or TOP sends of it.
#pragma once

#include "mail/line_ends.hpp"
#include "pop3/multi_line.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
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

/// Turns stored octets into the multi-line response: all of them, as nearly always, in one pass; or with another
/// header section, or only the part that TOP asks for.
class outgoing_message {
public:
    /// `surrogate`, where there is one, takes the place of the first `replaced` canonical octets (RFC 6858).
    outgoing_message(mail::form stored, std::optional<std::uint64_t> body_lines, std::size_t replaced,
                     std::optional<std::string> surrogate);

    /// The next octets in the stored form.
    void convert(std::string_view stored, std::string& out);
    /// No further octet belongs to the answer: the message need not be read on.
    bool complete() const { return limiter_ && limiter_->done(); }
    /// Ends the response. Call once.
    void finish(std::string& out) const;

private:
    void add(std::string_view canonical, std::string& out);

    const mail::form stored_;
    std::optional<message_encoder> encoder_; ///< for the whole message as it is
    // otherwise, step by step
    mail::to_crlf to_crlf_;
    std::optional<top_limiter> limiter_;
    dot_stuffer stuffer_;
    std::size_t replaced_;
    std::optional<std::string> surrogate_; ///< until it is sent
    std::string canonical_;
};

} // namespace pop3
