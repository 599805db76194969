// Host names as the DNS, certificates and SNI have them.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace net {

/// Lower-case A-labels (IDNA 2008, RFC 5890) without a last dot; an address comes back as it is. `malformed` where it
/// is no host name: empty, too long, with blanks, controls or what IDNA does not allow.
base::result<std::string> to_ascii_name(std::string_view name);

/// "mail.example.org port 995", for people.
std::string host_and_port(std::string_view host, unsigned port);

} // namespace net
