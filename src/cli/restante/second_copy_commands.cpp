// restante second-copy init: a person's word that a folder is where second copies belong.
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/ledger_care.hpp"
#include "collector/named_files.hpp"
#include "collector/second_copies.hpp"

#include <sysexits.h>

namespace cli::restante {

namespace {

struct naming {
    bool named = false;                ///< the configuration has that folder
    bool same_disk = false;            ///< and allows it to lie on the disk of the archive
    std::vector<std::string> accounts; ///< whose second copies lie in it
};

base::result<naming> naming_of(collector::archive_folder& folder, const std::string& path)
{
    naming out;
    if (collector::absolute_path(folder.configuration().second_copy) == path)
        out = {true, folder.configuration().second_copy_same_disk, {}};
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    for (const auto& name : *names) {
        const auto account = folder.account(name);
        if (!account) return base::fail(account.error());
        const auto& root = account->second_copy_root;
        if (collector::absolute_path(root.empty() ? account->archive.second_copy : root) != path) continue;
        out.accounts.push_back(name);
        out.named = true;
        out.same_disk = out.same_disk || account->second_copy_same_disk;
    }
    return out;
}

/// No run of these accounts goes on in the old second copy while a new one is begun.
base::result<std::vector<std::unique_ptr<disk::lock>>> locks_of(collector::archive_folder& folder,
                                                                const std::vector<std::string>& accounts)
{
    std::vector<std::unique_ptr<disk::lock>> out;
    for (const auto& account : accounts) {
        auto lock = folder.lock(account);
        if (!lock) return base::fail(lock.error());
        out.push_back(std::move(*lock));
    }
    return out;
}

/// What was proved of another second copy of these accounts counts no more, from now on.
base::result<> bind_all(collector::archive_folder& folder, const std::vector<std::string>& accounts,
                        const std::string& id)
{
    if (accounts.empty()) return {};
    auto book = collector::open_or_replace_ledger(folder);
    if (!book) return base::fail(book.error());
    for (const auto& name : accounts) {
        const auto account = folder.account(name);
        if (!account) return base::fail(account.error());
        if (auto met = collector::meet_second_copy(folder, *account, **book, id); !met) return met;
    }
    return {};
}

} // namespace

int second_copy_init(const style& how, const std::string& folder, bool take_over)
{
    int code = EX_OK;
    const auto archive = open_archive(how, code);
    if (!archive) return code;
    const auto path = collector::absolute_path(folder);
    const auto named = naming_of(*archive, path);
    if (!named) return report(named.error());
    const auto locks = locks_of(*archive, named->accounts);
    if (!locks) return report(locks.error());
    const auto begun = collector::begin_second_copy(
        *archive, {.path = path, .same_disk_allowed = named->same_disk, .take_over = take_over});
    if (!begun) return report(begun.error());
    if (auto bound = bind_all(*archive, named->accounts, begun->id); !bound) return report(bound.error());
    if (how.json)
        print_json("second_copy", {{"path", path}, {"begun_before", begun->before}});
    else if (!how.quiet)
        print((begun->before ? "was begun before: " : "begun: ") + path +
              (named->named ? "\n"
                            : "; no account uses it yet: write second_copy = \"" + path +
                                  "\" in restante.toml or into [keep] of an account\n"));
    return EX_OK;
}

} // namespace cli::restante
