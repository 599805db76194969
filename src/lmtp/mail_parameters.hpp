// What may follow the address of MAIL (RFC 5321, section 4.1.2) and the count of BDAT (RFC 3030).
#pragma once

#include "lmtp/reply.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace lmtp {

struct mail_parameters {
    std::optional<std::uint64_t>
        octets_declared;   ///< SIZE= (RFC 1870); a number above 64 bits is the greatest there is
    bool smtputf8 = false; ///< RFC 6531
};

/// Parses `*(SP esmtp-param)`. BODY=7BIT and 8BITMIME (RFC 6152) change nothing: octets are kept as they
/// come. BODY=BINARYMIME is not offered. The reply is 555 for a parameter that is not known, else 501.
std::expected<mail_parameters, reply> parse_mail_parameters(std::string_view text);

struct chunk_announcement {
    std::uint64_t octets = 0;
    bool last = false;
};

/// Parses the argument of BDAT: `chunk-size [SP "LAST"]`. Nothing where that is not what it says.
std::optional<chunk_announcement> parse_chunk_announcement(std::string_view argument);

} // namespace lmtp
