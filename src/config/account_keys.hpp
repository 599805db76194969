// The keys of an account's file.
#pragma once

#include "config/key.hpp"

namespace config {

/// Fills an account_configuration.
const schema& account_schema();

} // namespace config
