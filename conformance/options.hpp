// The command line of restante-conformance.
#pragma once

#include "conformance/settings.hpp"

namespace conformance {

/// False: the program ends with `exit_code`, and what is to be said was said.
bool read_options(int count, char** words, settings& out, int& exit_code);

} // namespace conformance
