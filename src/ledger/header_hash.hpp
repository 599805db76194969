// The hash of a header section: what TOP can be held against without a download.
#pragma once

#include "ledger/content_hash.hpp"
#include "mail/header_section.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ledger {

/// SHA-256 of the canonical octets of the header section, without the empty line that ends it, and with the CRLF of its
/// last line. (Servers answer TOP with the empty line, without it, or with two; and a message that ends in its header
/// without CRLF gets one from the protocol.) Fed piece by piece with a whole message, or with what TOP gave: what comes
/// after the header section does not count.
class header_hasher {
public:
    void add(std::string_view octets);
    std::string finish(); ///< 32 octets; and begins anew

private:
    content_hasher hasher_;
    mail::header_section_end end_;
    std::string held_; ///< the last two octets: they may be the empty line
};

// A header section taken apart into its fields, as they lie (RFC 5322, section 2.2).

/// Each field in its order, with its continuation lines and line ends, LF or CRLF. A line that is no field is told with
/// an empty name; blanks before the colon are no part of a name.
void each_field(std::string_view header,
                const std::function<void(std::string_view name, std::string_view field)>& tell);

/// What stands behind the colon of a field that each_field() told, unfolded, without blanks at either end.
std::string value_of(std::string_view field);

} // namespace ledger
