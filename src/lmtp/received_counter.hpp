// Counts the Received fields of a message that streams by: many of them are a mail loop (RFC 5321,
// section 6.3).
#pragma once

#include "mail/header_section.hpp"

#include <cstddef>
#include <string_view>

namespace lmtp {

/// Looks at the header section only: a bounced message in the body brings its own Received fields, which do
/// not count. Chunks may be cut anywhere.
class received_counter {
public:
    void take(std::string_view chunk);
    std::size_t count() const { return count_; }

private:
    void take_octet(char octet);

    mail::header_section_end end_;
    std::size_t matched_ =
        0; // octets of "received:" that this line began with; not_here once it cannot match
    char last_ = '\0';
    std::size_t count_ = 0;
};

} // namespace lmtp
