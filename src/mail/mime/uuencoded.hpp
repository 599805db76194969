// Files inside a text: how they were attached before MIME, and still are.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mail::mime {

struct uuencoded_file {
    std::size_t begin = 0, end = 0; ///< where its lines stand in the text, from "begin" to behind "end"
    std::string_view name{};
    std::string_view lines{}; ///< the encoded ones
    bool base64 = false;      ///< begin-base64
};

/// The first file in `text` at or behind `from`, whole: `begin MODE NAME`, lines of the right lengths, `end` (POSIX,
/// uuencode); or `begin-base64` and `====`.
std::optional<uuencoded_file> find_uuencoded(std::string_view text, std::size_t from);

/// The octets of uuencoded lines, the first and the last one or without them.
std::string uudecoded(std::string_view lines);

} // namespace mail::mime
