// The keys of restanted's configuration.
#pragma once

#include "config/configuration.hpp"
#include "config/key.hpp"

#include <span>
#include <string>

namespace config {

/// All keys with the tables they are in. The domains' own keys are in domain_keys.hpp.
const schema& site_schema();

/// All keys, in the order of the sample.
std::span<const key> site_keys();

/// The value that `values` has for `which`, as TOML.
std::string format_value(const key& which, const configuration& values);

} // namespace config
