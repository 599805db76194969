// A TOML file that a person wrote: parsed within bounds, its faults told with their lines.
#pragma once

#include "config/fault.hpp"

#include <toml++/toml.h>

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace config {

constexpr std::size_t configuration_octets_max = 1U << 20U;
/// Bounds the depth of a dotted key, and so the recursion when tables are destroyed.
constexpr std::size_t configuration_line_octets_max = 4096;

/// Takes any octets. Calls `take` with the whole file, unless it is out of bounds or no TOML (whose grammar stops at
/// its first fault); `faults` are in order on return.
void read_toml(std::string_view text, std::vector<fault>& faults,
               const std::function<void(const toml::table&)>& take);

} // namespace config
