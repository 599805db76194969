// Header fields: where the section ends, and what a field says.
//
// Lines end with LF, whether a CR is before it or not: what people are to read was not always sent by the book.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mail::mime {

/// A header section and what comes after it.
struct entity {
    std::string_view header, body;
};

/// Cut at the empty line. Where it is missing (docs/decisions/0142): at the first line that can be no field, or has
/// nothing but blanks, if no field that is known follows before the next empty line, or if there is none; or at a
/// delimiter that the section announced. Fields that nobody knows belong to the body where they stand right above such
/// a line of words, or nothing follows them. A byte order mark at the beginning is left out.
entity entity_of(std::string_view octets);

/// The value of the first field `name` (written in lower case), unfolded, at most `value_octets_max` octets of it,
/// without NUL; empty where there is none.
std::string field_value(std::string_view header, std::string_view name);

/// The values of all such fields, the first `most` of them.
std::vector<std::string> field_values(std::string_view header, std::string_view name, std::size_t most);

constexpr std::size_t value_octets_max = 64u
                                         << 10; // 998 recipients fit; no person writes more into one field
constexpr std::size_t header_octets_max =
    1u << 20; // fields behind the first MiB of a header section are not looked for

/// From `offset` to behind the next LF, or to the end.
std::size_t line_end(std::string_view text, std::size_t offset);

} // namespace mail::mime
