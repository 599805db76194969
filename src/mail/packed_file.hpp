// Files that hold a message in a form which must be undone before anyone can read it.
#pragma once

#include <cstddef>
#include <string_view>

namespace mail {

/// As many octets of a file's beginning as packed_form_of() needs.
constexpr std::size_t packed_beginning_octets = 12;

/// What a file is packed with and what to do, by the octets that it begins with; empty where it is not packed, as far
/// as is known. No header section can begin with any of these (RFC 5322, section 2.2).
std::string_view packed_form_of(std::string_view beginning);

} // namespace mail
