// How the messages that a dialogue presupposes come into the maildrop.
#pragma once

#include "conformance/settings.hpp"

#include <string>

namespace conformance {

/// Empty: the message was taken. Else why not.
std::string deliver(const settings& asked, const std::string& octets);

} // namespace conformance
