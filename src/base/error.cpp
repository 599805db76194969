// Names of failures, and the one place where errno is read.
#include "base/error.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

namespace base {

std::string_view name_of(failure kind)
{
    switch (kind) {
    case failure::credentials: return "credentials";
    case failure::in_use: return "in-use";
    case failure::login_delay: return "login-delay";
    case failure::unknown_user: return "unknown-user";
    case failure::disabled: return "disabled";
    case failure::over_quota: return "over-quota";
    case failure::no_space: return "no-space";
    case failure::too_large: return "too-large";
    case failure::vanished: return "vanished";
    case failure::exists: return "exists";
    case failure::malformed: return "malformed";
    case failure::refused: return "refused";
    case failure::overloaded: return "overloaded";
    case failure::timed_out: return "timed-out";
    case failure::closed: return "closed";
    case failure::storage: return "storage";
    case failure::outcome_unknown: return "outcome-unknown";
    case failure::fenced: return "fenced";
    case failure::network: return "network";
    case failure::internal: return "internal";
    }
    return "internal";
}

error permanent_error(failure kind, std::string operator_text, std::string peer_text)
{
    return {kind, false, std::move(peer_text), std::move(operator_text)};
}

error temporary_error(failure kind, std::string operator_text, std::string peer_text)
{
    return {kind, true, std::move(peer_text), std::move(operator_text)};
}

error error_from_errno(int number, std::string_view doing)
{
    error out = temporary_error(failure::storage,
                                std::string(doing) + ": " + std::generic_category().message(number));
    switch (number) {
    case ENOSPC:
    case EDQUOT: out.kind = failure::no_space; break;
    case ENOENT: out.kind = failure::vanished; break;
    case EEXIST:
        out.kind = failure::exists;
        out.temporary = false;
        break;
    case EMFILE:
    case ENFILE:
        out.kind = failure::overloaded;
        out.operator_text +=
            "; raise LimitNOFILE= of the unit, or ulimit -n, or lower limits.connections_max";
        break;
    default: break;
    }
    return out;
}

} // namespace base
