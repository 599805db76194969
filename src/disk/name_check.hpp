// Which names may be given to a directory: one component, and no trick.
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace disk {

constexpr std::size_t name_octets_max = 255; // NAME_MAX of Linux's file systems

/// `malformed` where `name` is empty, ".", "..", longer than name_octets_max, or holds '/' or NUL.
base::result<> check_name(std::string_view name);

} // namespace disk
