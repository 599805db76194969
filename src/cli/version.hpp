// The version that CMake's project() names.
#pragma once

#include <string_view>

namespace cli {

constexpr std::string_view version = RESTANTE_VERSION;

} // namespace cli
