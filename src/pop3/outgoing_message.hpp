// What RETR or TOP sends of a stored message.
#pragma once

#include "mail/line_ends.hpp"
#include "pop3/message_encoder.hpp"
#include "pop3/multi_line.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pop3 {

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
