// Response codes.
#include "pop3/response_code.hpp"

namespace pop3 {

bool is_credential_failure(base::failure kind)
{
    using enum base::failure;
    return kind == credentials || kind == unknown_user || kind == disabled || kind == refused;
}

std::string_view response_code(const base::error& why)
{
    using enum base::failure;
    if (is_credential_failure(why.kind)) return "[AUTH]";
    if (why.kind == in_use) return "[IN-USE]";
    if (why.kind == login_delay) return "[LOGIN-DELAY]";
    if (why.kind == malformed || why.kind == vanished) return "";
    return why.temporary ? "[SYS/TEMP]" : "[SYS/PERM]";
}

} // namespace pop3
