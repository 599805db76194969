// How a message is built: its parts, found in one pass and not copied.
//
// GMime's own parser has no bound on the parts, header fields and levels that it makes objects of; this has, and what
// it answers are views of the message (docs/decisions/0070). What lies within an encoding, a message in base64 or a
// file in a text, is decoded once and kept beside them.
#pragma once

#include "mail/mime/reading.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace mail::mime {

enum class transfer_encoding { identity, base64, quoted_printable, uuencode };

/// A leaf of the message, or the header section of a message inside it.
struct part {
    enum class role { text, html, attachment, heading };
    part::role role = role::attachment;
    bool also_attachment = false; ///< a text with a name: shown, and saved
    std::string content_type{};   ///< lower case
    std::string charset{};
    std::string name{};                        ///< decoded, not cleaned
    bool flowed = false, delete_space = false; ///< of a text (RFC 3676)
    transfer_encoding encoding = transfer_encoding::identity;
    std::string_view octets{}; ///< still encoded
    std::string_view header{}; ///< its own; of a message inside this one: that message's
};

struct structure {
    std::vector<part> parts; ///< in the order of the message; HTML that has its text beside it is left out
    std::string charset;     ///< the first that a text names: raw octets of header fields are in it
    bool cut = false;        ///< a limit was met
    std::deque<std::string> decoded; ///< what parts are views of where it is not the message
};

structure structure_of(std::string_view message, const limits& within);

} // namespace mail::mime
