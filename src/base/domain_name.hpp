// Domain names as the DNS has them.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

/// RFC 1035, section 2.3.4; the name as text, without a last dot.
constexpr std::size_t domain_name_octets_max = 253;
constexpr std::size_t domain_label_octets_max = 63;

/// Lower-case A-labels (IDNA 2008, RFC 5891, non-transitional); what is ASCII already comes back in lower case and is
/// not looked into. `malformed`, with the reason as operator text, where IDNA does not allow it.
result<std::string> to_a_labels(std::string_view name);

/// What A-labels mean, for people; all else as it is. `malformed` likewise.
result<std::string> to_u_labels(std::string_view name);

} // namespace base
