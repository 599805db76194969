// What CAPA announces: the thirteen capabilities that IANA lists, each where it is true (RFC 2449, section
// 5).
#pragma once

#include "pop3/server_session.hpp"

#include <string>
#include <vector>

namespace pop3 {

class maildrop_view;

/// USER, PASS and mechanisms that show the password may be used (RFC 8314, section 4.1; RFC 5034, section 4).
bool takes_passwords(const session_policy& policy);

/// The SASL mechanisms that may be used now; what shows a password is left out where passwords are not taken.
std::vector<const offered_mechanism*> mechanisms(const session_policy& policy);

/// EXPIRE in days; none: NEVER. Before log-in the policy's, after it this user's.
std::optional<std::uint32_t> expire_days(const session_policy& policy, const maildrop_view* maildrop);

/// The lines of the CAPA response behind its first, without the termination. `maildrop` is null before
/// log-in. No line is longer than 512 octets: mechanisms that do not fit are left out, weakest first.
void append_capabilities(std::string& out, const session_policy& policy, const maildrop_view* maildrop);

} // namespace pop3
