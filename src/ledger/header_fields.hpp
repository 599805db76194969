// A header section taken apart into its fields, as they lie (RFC 5322, section 2.2).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace ledger {

/// Each field in its order, with its continuation lines and line ends, LF or CRLF. A line that is no field is told with
/// an empty name; blanks before the colon are no part of a name.
void each_field(std::string_view header,
                const std::function<void(std::string_view name, std::string_view field)>& tell);

/// What stands behind the colon of a field that each_field() told, unfolded, without blanks at either end.
std::string value_of(std::string_view field);

} // namespace ledger
