// A POP3 server that has nothing to do: it lets anyone in and answers from memory. What it cannot do faster, no
// server can do faster with this client on this machine.
#pragma once

#include "options.hpp"

namespace bench {

/// Serves until the process is ended. Throws where it cannot listen.
void serve_null(const options& asked);

} // namespace bench
