// The kinds of load.
#pragma once

#include "load.hpp"
#include "options.hpp"
#include "process_tree.hpp"

#include <cstdint>

namespace bench {

struct result {
    tally counts;
    double seconds = 0;        ///< by the clock
    double client_seconds = 0; ///< of CPU time, our own
    usage before, after;       ///< the server's
    std::uint64_t held = 0;    ///< idle: connections open when `after` was read
};

/// Runs asked.mode, which is not null_server. Throws where the file of expectations or an address cannot be read.
result run_mode(const options& asked);

} // namespace bench
