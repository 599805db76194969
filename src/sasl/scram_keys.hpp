// A password made into what a SCRAM server keeps (RFC 5802, section 3).
#pragma once

#include "sasl/digest.hpp"
#include "sasl/server.hpp"

#include <string>
#include <string_view>

namespace sasl {

/// StoredKey and ServerKey of an already prepared password (sasl/prepare.hpp). Slow in proportion to
/// `iterations`.
scram_keys derive_scram_keys(hash with, std::string_view prepared_password, std::string salt,
                             unsigned iterations);

} // namespace sasl
