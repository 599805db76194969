// The keys of the archive's file, restante.toml.
#pragma once

#include "config/key.hpp"

namespace config {

/// Fills an archive_configuration.
const schema& archive_schema();

} // namespace config
