// The version that CMake's project() names.
#pragma once

#include <string_view>

namespace config {

constexpr std::string_view version = RESTANTE_VERSION;

} // namespace config
