// How each account is, and what would be lost with this disk.
#include "collector/status.hpp"

#include "archive/second_copy.hpp"
#include "archive/shown.hpp"
#include "collector/ledger_care.hpp"

#include <map>

namespace collector {

namespace {

using copies_by_account = std::map<std::string, copy_status>;

base::result<copy_status> copy_status_of(archive_folder& folder, ledger::ledger& book,
                                         const std::string& account)
{
    copy_status out;
    const auto settings = folder.account(account);
    if (!settings) return base::fail(settings.error());
    auto view = heed_second_copy(folder, *settings, book);
    if (!view) return base::fail(view.error());
    out.view = std::move(*view);
    const auto contents = archive::contents_in_second_copy(book, account);
    if (!contents) return base::fail(contents.error());
    out.messages = contents->size();
    const auto verified = archive::second_copy_verified_at(book, account);
    if (!verified) return base::fail(verified.error());
    out.verified_at = *verified;
    return out;
}

base::result<account_status> status_of(ledger::ledger& book, const std::string& account,
                                       const copies_by_account& copies)
{
    account_status out;
    out.account = account;
    auto last = book.last_run(account);
    if (!last) return base::fail(last.error());
    out.last_run = std::move(*last);
    auto exposed = archive::exposure_of(account, book, [&](const std::string& name) {
        const auto copy = copies.find(name);
        return copy != copies.end() && copy->second.counts();
    });
    if (!exposed) return base::fail(exposed.error());
    out.exposed = *exposed;
    const auto unshown = archive::unshown_messages::recall(book, account);
    if (!unshown) return base::fail(unshown.error());
    out.server_unknown = unshown->nothing_is_known() && out.exposed.held.messages > 0;
    if (const auto copy = copies.find(account); copy != copies.end()) out.copy = copy->second;
    return out;
}

} // namespace

base::result<archive_status> status(archive_folder& folder)
{
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    const auto book = open_or_replace_ledger(folder);
    if (!book) return base::fail(book.error());
    archive_status out;
    copies_by_account copies; // of all: a message of one account may lie in the second copy of another
    for (const auto& name : *names) {
        auto copy = copy_status_of(folder, **book, name);
        if (copy)
            copies.emplace(name, std::move(*copy));
        else
            out.troubles.push_back(copy.error());
    }
    for (const auto& name : *names) {
        auto account = status_of(**book, name, copies);
        if (account)
            out.accounts.push_back(std::move(*account));
        else
            out.troubles.push_back(account.error());
    }
    return out;
}

} // namespace collector
