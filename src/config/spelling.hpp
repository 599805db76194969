// "Did you mean": the known word that is nearest to a mistyped one.
#pragma once

#include <span>
#include <string_view>

namespace config {

/// The word of `known` that few single edits turn `typed` into (at most a third of its length, and 3); empty
/// where none is near. Words over 100 octets are near to nothing.
std::string_view nearest(std::string_view typed, std::span<const std::string_view> known);

} // namespace config
