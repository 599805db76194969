// The words for what a check found.
#include "cli/health/checks.hpp"

namespace cli::health {

std::string_view name_of(verdict outcome)
{
    switch (outcome) {
    case verdict::ok: return "ok";
    case verdict::warning: return "warning";
    case verdict::error: return "error";
    }
    return "unknown";
}

} // namespace cli::health
