// What is said of a run, in sentences.
#include "collector/run_report.hpp"

#include "base/counted.hpp"
#include "collector/named_files.hpp"

#include <fmt/format.h>

namespace collector {

std::string full_disk_text(const std::string& path, const std::string& reason)
{
    return fmt::format("the disk of {} is full: make room there and run it again ({})", absolute_path(path),
                       reason);
}

std::string without_account(const std::string& account, const std::string& text)
{
    const std::string name = account + ": ";
    return text.starts_with(name) ? text.substr(name.size()) : text;
}

std::string stopped_text(const archive::fetch_report& account)
{
    return fmt::format("stopped: {} stored, {} still to come; run it again to go on", account.stored,
                       account.not_reached);
}

bool is_temporary(const base::error& error)
{
    using enum base::failure;
    return error.temporary || error.kind == in_use || error.kind == login_delay || error.kind == overloaded;
}

bool is_temporary(const archive::fetch_report& account)
{
    return !account.well() && (account.temporary || account.deletion_unknown > 0 || account.uncopied > 0);
}

std::string summary_of(const archive::fetch_report& account)
{
    if (!account.trouble.empty()) return without_account(account.account, account.trouble);
    if (account.deletion_unknown > 0)
        return fmt::format("{} perhaps deleted there; the next run will report it", account.deletion_unknown);
    if (account.uncopied > 0)
        return fmt::format("{} could not be put into the second copy: {}",
                           base::counted(account.uncopied, "message"), account.uncopied_why);
    if (account.guard_stopped)
        return "the guard stopped a deletion: restante fetch " + account.account + " --yes agrees";
    if (account.clock_jumped)
        return "the clock jumped: nothing was deleted by age; if it is correct, run restante fetch --believe-clock";
    if (account.stopped) return stopped_text(account);
    if (account.unproven > 0) return base::counted(account.unproven, "kept message") + " cannot be read";
    return fmt::format("{} stored, {} failed", account.stored, account.failed.size());
}

} // namespace collector
