// How the messages that a dialogue presupposes come into the maildrop.
#pragma once

#include "conformance/settings.hpp"

#include <string>

namespace conformance {

/// Empty: the message was taken. Else why not.
std::string deliver(const settings& asked, const std::string& octets);

/// SMTP has no bare CR or LF and no NUL (RFC 5321, section 2.3.8): a server may change these, or refuse them.
bool carried_by_smtp(const std::string& octets);

/// As it is delivered: with CRLF at its end, as all mail has it on the wire (RFC 1939, section 11).
std::string deliverable(const std::string& octets);

} // namespace conformance
