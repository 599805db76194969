// Domain names as the DNS has them.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace base {

/// Lower-case A-labels (IDNA 2008, RFC 5891, non-transitional); what is ASCII already comes back in lower case and is
/// not looked into. `malformed`, with the reason as operator text, where IDNA does not allow it.
result<std::string> to_a_labels(std::string_view name);

} // namespace base
