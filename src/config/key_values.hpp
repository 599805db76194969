// Reads one TOML value by the rule of its key.
#pragma once

#include "config/key.hpp"

#include <toml++/toml.h>

#include <optional>
#include <string>

namespace config {

struct complaint {
    std::string reason;
    std::string remedy;
};

/// Puts `value` into its place in `values`, or says what is wrong with it and changes nothing. Not for tables of
/// tables and of names, which key_file.hpp reads.
std::optional<complaint> read_value(const key& key, const toml::node& value, void* values);

/// As a TOML string, and as a key.
std::string in_quotes(std::string_view text);
std::string quoted_key(std::string_view text);

} // namespace config
