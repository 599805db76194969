// From an error to the response code that a client may act on (RFC 2449, section 8; RFC 3206).
#pragma once

#include "base/error.hpp"

#include <string_view>

namespace pop3 {

/// "[AUTH]", "[IN-USE]", "[LOGIN-DELAY]", "[SYS/TEMP]" or "[SYS/PERM]"; empty where no code says it: the
/// client broke the grammar, or a message is no longer there.
///
/// With AUTH-RESP-CODE announced, a client asks for another password only on [AUTH], so all that is wrong
/// with the credentials has it, and nothing else. An account that is closed looks like a wrong password.
std::string_view response_code(const base::error& why);

/// The failure is one that a guesser of passwords meets: such failures are counted.
bool is_credential_failure(base::failure kind);

} // namespace pop3
