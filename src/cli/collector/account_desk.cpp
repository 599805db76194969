// What an account's command works with, and the same work for each account.
#include "cli/collector/account_desk.hpp"

#include "cli/collector/ledger_care.hpp"
#include "cli/collector/reporting.hpp"
#include "cli/terminal.hpp"

#include <sysexits.h>

namespace cli::collector {

base::result<account_desk> open_desk(archive_folder& folder, const std::string& account)
{
    account_desk out;
    auto known = folder.account(account);
    if (!known) return base::fail(known.error());
    out.account = std::move(*known);
    auto lock = folder.lock(account);
    if (!lock) return base::fail(lock.error());
    out.lock = std::move(*lock);
    auto book = open_or_replace_ledger(folder, complain);
    if (!book) return base::fail(book.error());
    out.book = std::move(*book);
    auto mail = folder.mail(account);
    if (!mail) return base::fail(mail.error());
    out.mail = std::move(*mail);
    return out;
}

int for_each_account(
    const style& how, const std::vector<std::string>& named,
    const std::function<int(archive_folder&, const std::string&, progress_display&, std::size_t)>& work)
{
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    auto names = folder->named_or_all(named);
    if (!names) return report(names.error());
    for (const auto& name : *names) {
        progress_display display(folder->clock(), !how.quiet && !how.json);
        code = worse(code, work(*folder, name, display, display.add(name)));
    }
    return code;
}

} // namespace cli::collector
