// An account's messages that are damaged or missing, brought back from the second copy or from the server.
#include "collector/restoring.hpp"

#include "collector/message_lookup.hpp"
#include "collector/second_copies.hpp"
#include "collector/server_link.hpp"
#include "ledger/orphans.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

namespace collector {

namespace {

base::error no_second_copy(const std::string& account)
{
    return base::permanent_error(base::failure::vanished,
                                 account +
                                     " has no second copy (second_copy in [keep]): restante restore "
                                     "--from-server " +
                                     account + " asks the server");
}

/// A second copy of all accounts has a folder for each of them, and this account's alone was named as if it were one.
std::optional<base::error> copy_of_all_accounts(const config::account_configuration& account)
{
    const std::string& name = account.archive.name;
    const std::string& copy = account.archive.second_copy;
    std::error_code unknown;
    if (copy.empty() || !std::filesystem::is_directory(copy + "/" + name + "/cur", unknown)) return {};
    return base::permanent_error(
        base::failure::malformed,
        fmt::format(
            "{0}: no message lies in {1} itself, and its mail in {1}/{0}: {1} is a second copy of all accounts. "
            "Write second_copy = \"{1}\" at the top of restante.toml, and remove it from {0}.toml",
            name, copy));
}

/// What was typed, in this account: the hashes of those messages. A word that means nothing here means nothing.
base::result<std::set<ledger::content_hash>> hashes_of(archive_folder& folder, account_desk& desk,
                                                       const std::vector<std::string>& typed)
{
    const auto& account = desk.account.archive.name;
    std::set<ledger::content_hash> out;
    std::set<std::string> keys(typed.begin(), typed.end());
    auto index = folder.index();
    for (const auto& name : typed) {
        auto record = desk.book->find(account, name);
        if (!record) return base::fail(record.error());
        if (*record && (*record)->hash) out.insert(*(*record)->hash);
        if (!index) continue;
        if (auto found = find_message(folder, **index, name); found && found->entry.account == account)
            keys.insert(found->entry.key);
    }
    auto read =
        desk.book->each_copy(account, [&](const ledger::stored_copy& held, const ledger::content_hash& hash) {
            if (keys.contains(held.key)) out.insert(hash);
        });
    if (!read) return base::fail(read.error());
    return out;
}

/// One account's.
class restoration_work {
public:
    restoration_work(archive_folder& folder, account_desk& desk, const restore_request& request,
                     const work_progress& progress, base::log& log)
        : folder_(folder),
          desk_(desk),
          request_(request),
          log_(log),
          parts_{desk.account.archive.name, *desk.mail, *desk.book, folder.clock()},
          wish_{.full = request.full,
                .aside = folder.damaged_path(parts_.account),
                .sealed = folder.encrypted(),
                .tell = [this, &progress](std::uint64_t done, std::uint64_t total) {
                    if (progress) progress(done, total, doing_);
                }}
    {
    }

    base::result<account_restoration> work()
    {
        account_restoration out;
        const auto holds = desk_.book->has_copies(parts_.account);
        const auto records = desk_.book->count(parts_.account);
        if (!holds || !records) return base::fail(!holds ? holds.error() : records.error());
        // What another program moved is here, and must not come a second time.
        const auto adopted = ledger::adopt_orphans(*desk_.book, parts_.account, *desk_.mail);
        if (!adopted) return base::fail(adopted.error());
        out.moved = adopted->moved;
        if (!request_.messages.empty()) {
            auto hashes = hashes_of(folder_, desk_, request_.messages);
            if (!hashes) return base::fail(hashes.error());
            out.knows_message = !hashes->empty();
            if (!out.knows_message) return out;
            wish_.only = std::move(*hashes);
        }
        // An archive that was lost, and begun anew.
        const bool is_begun_anew = !*holds && *records == 0 && !wish_.only;
        auto done = restore(is_begun_anew);
        if (!done) return base::fail(done.error());
        out.done = std::move(*done);
        return out;
    }

private:
    base::result<archive::restoration> restore(bool is_begun_anew)
    {
        wish_.full = wish_.full || is_begun_anew;
        auto lost = archive::find_lost(parts_.account, *desk_.mail, *desk_.book, wish_);
        if (!lost) return base::fail(lost.error());
        doing_ = "restoring";
        const auto restored = archive::restore_from_here(parts_, *lost, wish_);
        if (!restored || (lost->empty() && (!wish_.full || request_.from_server))) return restored;
        auto done = request_.from_server ? from_server(*lost) : from_copy(*lost);
        if (done) {
            done->put_aside += restored->put_aside;
            done->left.insert(done->left.begin(), restored->left.begin(), restored->left.end());
        }
        if (is_begun_anew && done && done->restored == 0)
            if (const auto elsewhere = copy_of_all_accounts(desk_.account)) return base::fail(*elsewhere);
        return done;
    }

    base::result<archive::restoration> from_copy(const std::vector<archive::lost_message>& lost)
    {
        auto copy = open_second_copy(folder_, desk_.account, *desk_.book);
        if (!copy) return base::fail(copy.error());
        if (!*copy) return base::fail(no_second_copy(parts_.account));
        return archive::restore_from_copy(parts_, **copy, lost, wish_);
    }

    base::result<archive::restoration> from_server(const std::vector<archive::lost_message>& lost)
    {
        auto link =
            server_link::make(folder_, desk_.account, *desk_.book, std::make_shared<net::interrupt>(), log_);
        if (!link) return base::fail(link.error());
        auto session = (*link)->server().sign_in();
        if (!session) return base::fail(session.error());
        auto done = archive::restore_from_server(parts_, **session, lost, wish_);
        if (done) (*session)->quit();
        return done;
    }

    archive_folder& folder_;
    account_desk& desk_;
    const restore_request& request_;
    base::log& log_;
    std::string_view doing_ = "reading";
    const archive::restore_parts parts_;
    archive::restore_wish wish_;
};

} // namespace

base::result<account_restoration> restore_account(archive_folder& folder, const std::string& account,
                                                  const restore_request& request,
                                                  const work_progress& progress, base::log& log)
{
    auto desk = open_desk(folder, account);
    if (!desk) return base::fail(desk.error());
    return restoration_work(folder, *desk, request, progress, log).work();
}

} // namespace collector
