// restante restore: brings back what is damaged or missing, from the second copy or from the server.
#include "archive/restore.hpp"
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/account_desk.hpp"
#include "collector/message_lookup.hpp"
#include "collector/second_copies.hpp"
#include "collector/server_link.hpp"
#include "ledger/strays.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace cli::restante {

namespace {

base::error no_second_copy(const std::string& account)
{
    const auto text = account +
                      " has no second copy (second_copy in [keep]): restante restore --from-server " +
                      account + " asks the server";
    return {base::failure::vanished, false, text, text};
}

/// A second copy of all accounts has a folder for each of them, and this account's alone was named as if it were one.
std::optional<base::error> copy_of_all_accounts(const config::account_configuration& account)
{
    const std::string& name = account.archive.name;
    const std::string& copy = account.archive.second_copy;
    std::error_code unknown;
    if (copy.empty() || !std::filesystem::is_directory(copy + "/" + name + "/cur", unknown)) return {};
    const auto text = fmt::format(
        "{0}: no message lies in {1} itself, and its mail in {1}/{0}: {1} is a second copy of all accounts. "
        "Write second_copy = \"{1}\" at the top of restante.toml, and remove it from {0}.toml",
        name, copy);
    return base::error{base::failure::malformed, false, text, text};
}

/// What was typed, in this account: the hashes of those messages. A word that means nothing here means nothing.
base::result<std::set<ledger::content_hash>> hashes_of(collector::archive_folder& folder,
                                                       collector::account_desk& desk,
                                                       const std::vector<std::string>& typed)
{
    const auto& account = desk.account.archive.name;
    std::set<ledger::content_hash> out;
    std::set<std::string> keys(typed.begin(), typed.end());
    auto index = folder.index();
    for (const auto& each : typed) {
        auto life = desk.book->find(account, each);
        if (!life) return base::fail(life.error());
        if (*life && (*life)->hash) out.insert(*(*life)->hash);
        if (!index) continue;
        if (auto found = collector::find_message(folder, **index, each);
            found && found->entry.account == account)
            keys.insert(found->entry.key);
    }
    auto told =
        desk.book->each_holding(account, [&](const ledger::holding& held, const ledger::content_hash& hash) {
            if (keys.contains(held.key)) out.insert(hash);
        });
    if (!told) return base::fail(told.error());
    return out;
}

class restore_work {
public:
    restore_work(const style& how, const restore_wishes& wish) : how_(how), wish_(wish) {}

    int one(collector::archive_folder& folder, const std::string& account, progress_display& display,
            std::size_t line)
    {
        auto desk = collector::open_desk(folder, account);
        if (!desk) return report(desk.error());
        const auto done = restore(folder, *desk, display, line);
        display.clear();
        return done ? tell(account, *done) : report(done.error());
    }

    bool met_any() const { return met_any_; }

private:
    base::result<archive::restoration> restore(collector::archive_folder& folder,
                                               collector::account_desk& desk, progress_display& display,
                                               std::size_t line)
    {
        const auto& account = desk.account.archive.name;
        const auto holds = desk.book->has_holdings(account);
        const auto lives = desk.book->count(account);
        if (!holds || !lives) return base::fail(!holds ? holds.error() : lives.error());
        // What another program moved is here, and must not come a second time.
        const auto adopted = ledger::adopt_strays(*desk.book, account, *desk.mail);
        if (!adopted) return base::fail(adopted.error());
        moved_ = adopted->moved;
        archive::restore_wish wish{
            .all = wish_.all, .aside = folder.damaged_path(account), .sealed = folder.encrypted()};
        if (!wish_.messages.empty()) {
            auto hashes = hashes_of(folder, desk, wish_.messages);
            if (!hashes) return base::fail(hashes.error());
            if (hashes->empty()) return archive::restoration{};
            wish.only = std::move(*hashes);
        }
        met_any_ = true;
        std::string_view doing = "reading";
        wish.tell = [&](std::uint64_t ready, std::uint64_t all) { display.update(line, ready, all, doing); };
        // An archive that was lost, and begun anew.
        const bool begun_anew = !*holds && *lives == 0 && !wish.only;
        wish.all = wish.all || begun_anew;
        auto lost = archive::find_lost(account, *desk.mail, *desk.book, wish);
        if (!lost) return base::fail(lost.error());
        doing = "restoring";
        const archive::restore_parts with{account, *desk.mail, *desk.book, folder.clock()};
        const auto here = archive::restore_from_here(with, *lost, wish);
        if (!here || (lost->empty() && (!wish.all || wish_.from_server))) return here;
        auto done = wish_.from_server ? from_server(folder, desk, with, *lost, wish)
                                      : from_copy(folder, desk, with, *lost, wish);
        if (done) {
            done->put_aside += here->put_aside;
            done->left.insert(done->left.begin(), here->left.begin(), here->left.end());
        }
        if (begun_anew && done && done->restored == 0)
            if (const auto elsewhere = copy_of_all_accounts(desk.account)) return base::fail(*elsewhere);
        return done;
    }

    static base::result<archive::restoration> from_copy(collector::archive_folder& folder,
                                                        collector::account_desk& desk,
                                                        const archive::restore_parts& with,
                                                        const std::vector<archive::lost_message>& lost,
                                                        const archive::restore_wish& wish)
    {
        auto copy = collector::open_second_copy(folder, desk.account, *desk.book);
        if (!copy) return base::fail(copy.error());
        if (!*copy) return base::fail(no_second_copy(with.account));
        return archive::restore_from_copy(with, **copy, lost, wish);
    }

    base::result<archive::restoration> from_server(collector::archive_folder& folder,
                                                   collector::account_desk& desk,
                                                   const archive::restore_parts& with,
                                                   const std::vector<archive::lost_message>& lost,
                                                   const archive::restore_wish& wish) const
    {
        const auto log = make_log(how_);
        auto link = collector::server_link::make(folder, desk.account, *desk.book,
                                                 std::make_shared<net::interrupt>(), *log);
        if (!link) return base::fail(link.error());
        auto session = (*link)->server().sign_in();
        if (!session) return base::fail(session.error());
        auto done = archive::restore_from_server(with, **session, lost, wish);
        if (done) (*session)->quit();
        return done;
    }

    int tell(const std::string& account, const archive::restoration& done) const
    {
        for (const auto& each : done.left) {
            if (how_.json)
                print_json("difference", {{"account", account},
                                          {"key", each.key},
                                          {"kind", ledger::name_of(each.kind)},
                                          {"what", each.what},
                                          {"what_to_do", each.what_to_do}});
            else
                print(fmt::format("{}: {}: {}\n    {}\n", account, readable_line(each.key), each.what,
                                  each.what_to_do));
        }
        if (how_.json)
            print_json("restoration", {{"account", account},
                                       {"restored", done.restored},
                                       {"moved", moved_},
                                       {"put_aside", done.put_aside},
                                       {"left", done.left.size()}});
        else if (!how_.quiet)
            print(fmt::format("{}: {} restored, {} put aside, {} could not be restored{}\n", account,
                              base::counted(done.restored, "message"),
                              base::counted(done.put_aside, "damaged file"), done.left.size(),
                              moved_ == 0 ? ""
                                          : fmt::format("; {} {} here under another name", moved_,
                                                        base::for_number(moved_, "was", "were"))));
        return done.left.empty() ? EX_OK : EX_DATAERR;
    }

    const style& how_;
    const restore_wishes& wish_;
    bool met_any_ = false;
    std::uint64_t moved_ = 0; ///< of this account, found again under another key
};

} // namespace

int restore(const style& how, const restore_wishes& wish)
{
    restore_work work(how, wish);
    const int code = for_each_account(how, wish.accounts,
                                      [&](auto& folder, const auto& name, auto& display, std::size_t line) {
                                          return work.one(folder, name, display, line);
                                      });
    if (code != EX_OK || wish.messages.empty() || work.met_any()) return code;
    return error_exit(
        EX_DATAERR,
        "no account knows a message " + wish.messages.front() +
            ": name it by its unique-id, its number in restante list, or the key that restante verify tells");
}

} // namespace cli::restante
