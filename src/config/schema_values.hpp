// Reads one TOML value by the rule of its key.
#pragma once

#include "config/schema.hpp"

#include <toml++/toml.h>

#include <optional>
#include <string>

namespace config {

struct complaint {
    std::string reason;
    std::string remedy;
};

/// Puts `value` into its place in `into`, or tells what is wrong with it and changes nothing.
std::optional<complaint> read_value(const key& which, const toml::node& value, configuration& into);

} // namespace config
