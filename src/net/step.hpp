// What one attempt at a socket comes to: octets moved, or what to wait for.
#pragma once

#include <cstddef>

namespace net {

enum class readiness { readable, writable };

struct step {
    std::size_t octets = 0;                   ///< moved; 0: nothing could be, without waiting
    readiness wait_for = readiness::readable; ///< only with octets == 0
    std::size_t sent = 0; ///< by a write: what the kernel took; under TLS that may be of earlier octets
};

} // namespace net
