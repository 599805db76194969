// How a message is built: its header fields and its parts, found in one pass and never copied.
//
// GMime's own parser has no bound on the parts, header fields and levels that it makes objects of; this has, and what
// it answers are views of the message (docs/decisions/0070). Lines end with LF, whether a CR is before it or not: what
// people are to read was not always sent by the book.
#pragma once

#include "mail/mime/reading.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mail::mime {

/// A header section and what comes after its empty line.
struct entity {
    std::string_view header, body;
};

entity entity_of(std::string_view octets);

/// The value of the first field `name` (written in lower case), unfolded, at most `value_octets_max` octets of it,
/// without NUL; empty where there is none.
std::string field_value(std::string_view header, std::string_view name);

constexpr std::size_t value_octets_max = 64u
                                         << 10; // 998 recipients fit; no person writes more into one field
constexpr std::size_t header_octets_max =
    1u << 20; // fields behind the first MiB of a header section are not looked for

enum class transfer_encoding { identity, base64, quoted_printable, uuencode };

/// A leaf of the message, or the header section of a message inside it.
struct part {
    enum class role { text, html, attachment, heading };
    part::role role = role::attachment;
    bool also_attachment = false; ///< a text with a name: shown, and saved
    std::string content_type{};   ///< lower case
    std::string charset{};
    std::string name{}; ///< decoded as GMime does it, not cleaned
    transfer_encoding encoding = transfer_encoding::identity;
    std::string_view octets{}; ///< still encoded
};

struct structure {
    std::vector<part> parts; ///< in the order of the message; HTML that has its text beside it is left out
    bool cut = false;        ///< a limit was met
};

structure structure_of(std::string_view message, const limits& within);

} // namespace mail::mime
