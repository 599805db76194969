// Paths, and the form that a person must name.
#include "cli/collector/exchange.hpp"

#include "cli/collector/reporting.hpp"
#include "cli/terminal.hpp"

#include <sysexits.h>

#include <filesystem>

namespace cli::collector {

parted part(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

std::string absolute(const std::string& path)
{
    std::error_code none; // without a working directory the path is told as it was typed
    const auto whole = std::filesystem::absolute(path, none);
    return none ? path : whole.lexically_normal().string();
}

int report_at(const std::string& path, base::error why)
{
    std::error_code unknown;
    if (why.kind == base::failure::vanished && !std::filesystem::exists(path, unknown))
        return error_exit(EX_NOINPUT, absolute(path) + " is not there");
    // What a person may not read, or what is no such file, does not get better by itself.
    if (why.kind == base::failure::storage || why.kind == base::failure::vanished) why.temporary = false;
    why.operator_text = absolute(path) + ": " + why.operator_text;
    return report(why);
}

bool names_one_form(const exchange_wish& wish)
{
    if (wish.mbox || wish.eml || wish.maildir || wish.pst) return true;
    complain("name where: --mbox FILE, --eml DIR or --maildir DIR");
    return false;
}

} // namespace cli::collector
