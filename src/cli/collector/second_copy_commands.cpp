// restante second-copy init: a person's word that a folder is where second copies belong.
#include "cli/collector/commands.hpp"
#include "cli/collector/reporting.hpp"
#include "cli/collector/second_copies.hpp"
#include "cli/terminal.hpp"

#include <sysexits.h>

namespace cli::collector {

namespace {

struct naming {
    bool named = false;     ///< the configuration has that folder
    bool same_disk = false; ///< and allows it to lie on the disk of the archive
};

base::result<naming> naming_of(archive_folder& folder, const std::string& path)
{
    naming out;
    if (absolute_path(folder.configuration().second_copy) == path)
        out = {true, folder.configuration().second_copy_same_disk};
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    for (const auto& name : *names) {
        const auto account = folder.account(name);
        if (!account) return base::fail(account.error());
        if (absolute_path(account->archive.second_copy) != path) continue;
        out.named = true;
        out.same_disk = out.same_disk || account->second_copy_same_disk;
    }
    return out;
}

} // namespace

int second_copy_init(const style& how, const std::string& folder, bool take_over)
{
    int code = EX_OK;
    const auto archive = open_archive(how, code);
    if (!archive) return code;
    const auto path = absolute_path(folder);
    const auto named = naming_of(*archive, path);
    if (!named) return report(named.error());
    const auto begun = begin_second_copy(
        *archive, {.path = path, .same_disk_allowed = named->same_disk, .take_over = take_over});
    if (!begun) return report(begun.error());
    if (how.json)
        print_json("second_copy", {{"path", path}, {"begun_before", *begun}});
    else if (!how.quiet)
        print((*begun ? "was begun before: " : "begun: ") + path +
              (named->named ? "\n"
                            : "; no account uses it yet: write second_copy = \"" + path +
                                  "\" in restante.toml or into [keep] of an account\n"));
    return EX_OK;
}

} // namespace cli::collector
