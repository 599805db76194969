// What an account's command works with.
#include "collector/account_desk.hpp"

#include "collector/ledger_care.hpp"

namespace collector {

base::result<account_desk> open_desk(archive_folder& folder, const std::string& account)
{
    account_desk out;
    auto known = folder.account(account);
    if (!known) return base::fail(known.error());
    out.account = std::move(*known);
    auto lock = folder.lock(account);
    if (!lock) return base::fail(lock.error());
    out.lock = std::move(*lock);
    auto book = open_or_replace_ledger(folder);
    if (!book) return base::fail(book.error());
    out.book = std::move(*book);
    auto mail = folder.mail(account);
    if (!mail) return base::fail(mail.error());
    out.mail = std::move(*mail);
    return out;
}

} // namespace collector
