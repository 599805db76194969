// The header fields that a message gets on its way to a target, where a person asked for them.
#pragma once

#include "base/clock.hpp"

#include <string>

namespace deliver {

/// Byte-exact is the default: nothing is added.
struct added_fields {
    bool received = false;
    bool delivered_to = false; ///< only where there is one recipient: others must not learn of each other
};

/// The fields, each with CRLF, to stand before the message; empty where none is asked for. No octet of a value can end
/// a line: what is not visible becomes '?'.
std::string format_added_fields(const added_fields& fields, const std::string& own_name,
                                const std::string& only_recipient, base::wall_time when);

} // namespace deliver
