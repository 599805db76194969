// SASLprep: the form in which names and passwords are compared (RFC 4013).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sasl {

/// The prepared string. Nothing where the text is not UTF-8, holds NUL or a prohibited character, breaks the
/// rules for mixed directions, or becomes empty. Unassigned code points are let through, as RFC 4013 has it
/// for queries: a password set on a newer Unicode must go on working. ASCII text comes back as it was.
std::optional<std::string> prepare(std::string_view text);

/// The form in which names are compared: prepared, ASCII letters in lower case, a domain in A-labels (RFC 5890).
/// Nothing where the name cannot be prepared, or has a domain that IDNA does not allow.
std::optional<std::string> comparable_name(std::string_view name);

/// A prepared name with its domain, where it has one, in A-labels.
std::optional<std::string> with_a_labels(std::string prepared);

} // namespace sasl
