// The hash of a header section: what TOP can be held against without a download.
#pragma once

#include "ledger/content_hash.hpp"
#include "mail/header_section.hpp"

#include <cstdint>
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

} // namespace ledger
