// A reply of LMTP and SMTP: the code, the enhanced status code (RFC 2034, 3463) and a text for people.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace lmtp {

constexpr std::size_t reply_line_octets_max = 512; // RFC 5321, section 4.5.3.1.5, CRLF included

struct reply {
    unsigned code = 250;
    std::string enhanced; ///< "2.0.0"; empty for the greeting, HELO, EHLO, LHLO and 354 (RFC 2034, section 4)
    std::string text;

    bool temporary() const { return code / 100 == 4; }
};

/// 421, the reply to any command where the connection is closed (RFC 5321, section 3.8), which names the host
/// (section 4.2.3).
reply farewell(const std::string& host_name, std::string enhanced, std::string_view text);

/// One line with CRLF, 512 octets at most. Octets of `text` that could end or disturb the line (controls,
/// broken UTF-8) become '?'; UTF-8 is let through, as only a sender who issued SMTPUTF8 can cause it
/// (RFC 6531, section 3.7.4).
std::string format_reply(const reply& what);

/// What a sender is told about a failure, by its kind; of a refusal, which policy it was. Our own
/// faults (disk, backend, queue) are always temporary,
/// whatever the error says, so that the sender keeps the message and tries again.
reply reply_for(const base::error& why);

} // namespace lmtp
