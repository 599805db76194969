// A ledger that is damaged or lost is made again before anyone relies on it.
#include "collector/ledger_care.hpp"

#include "base/counted.hpp"
#include "ledger/orphans.hpp"
#include "ledger/rebuild.hpp"

#include <fmt/format.h>

namespace collector {

namespace {

base::result<std::unique_ptr<ledger::ledger>> replaced_ledger(archive_folder& folder,
                                                              const base::error& error)
{
    auto made = ledger::replace_ledger(folder.own_disk(), folder.ledger_path(), folder.database_key(),
                                       folder.clock());
    if (!made) return base::fail(made.error());
    // What the damaged file said of proofs and of the server is from an unknown time.
    const auto accounts = made->book->accounts();
    if (!accounts) return base::fail(accounts.error());
    for (const auto& account : *accounts)
        if (auto done = made->book->doubt(account); !done) return base::fail(done.error());
    folder.person().note(fmt::format(
        "the ledger was damaged ({}) and is rebuilt: {} {} known again, {} of them from the "
        "damaged file alone, which lies in {}; keys of servers that were trusted at first use are forgotten",
        error.operator_text, base::counted(made->records + made->records_salvaged, "unique-id"),
        base::for_number(made->records + made->records_salvaged, "is", "are"), made->records_salvaged,
        made->put_aside));
    return std::move(made->book);
}

/// A new ledger knows from the journals what came from servers, and not what was imported.
base::result<> read_unread_mail(archive_folder& folder, ledger::ledger& book)
{
    const auto unread = book.mail_is_unread();
    if (!unread) return base::fail(unread.error());
    if (!*unread) return {};
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    for (const auto& name : *names) {
        if (!folder.files().open(folder.mail_path(name))) continue; // no mail yet
        auto mail = folder.mail(name);
        if (!mail) return base::fail(mail.error());
        const auto entered = ledger::adopt_orphans(book, name, **mail);
        if (!entered) return base::fail(entered.error());
        if (entered->entered > 0)
            folder.person().note(
                fmt::format("{}: the new ledger did not know all that lay there: {} read and entered", name,
                            entered->entered));
    }
    return book.mail_was_read();
}

} // namespace

base::result<std::unique_ptr<ledger::ledger>> open_or_replace_ledger(archive_folder& folder)
{
    auto opened = folder.ledger();
    if (!opened && opened.error().kind == base::failure::malformed)
        opened = replaced_ledger(folder, opened.error());
    if (!opened) return opened;
    if (auto read = read_unread_mail(folder, **opened); !read) return base::fail(read.error());
    return opened;
}

base::result<> care_for_ledger(archive_folder& folder)
{
    if (folder.ledger_is_sound()) return {};
    if (auto book = open_or_replace_ledger(folder); !book) return base::fail(book.error());
    return {};
}

base::result<> rebuild_where_lost(ledger::ledger& book, const std::string& account, store::collection& mail,
                                  const std::function<void(const std::string&)>& tell,
                                  const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                                  const std::atomic<bool>* stop)
{
    const auto lost = ledger::wants_rebuild(book, account, mail);
    if (!lost) return base::fail(lost.error());
    if (!*lost) return {};
    if (tell)
        tell(
            account +
            ": the ledger knows nothing of the mail that is here; reading it all, so that none is fetched twice");
    const auto done = ledger::rebuild(book, account, mail, {.tell = progress, .stop = stop});
    if (!done) return base::fail(done.error());
    if (tell && !done->cut.empty())
        tell(fmt::format(
            "{}: {} here not as long as the name says, and not taken for mail: restante verify {} names "
            "what was cut",
            account, base::counted(done->cut.size(), "file"), account));
    if (!done->stopped) return {};
    return base::fail(base::error{base::failure::closed, true, "", "stopped while the ledger was rebuilt"});
}

} // namespace collector
