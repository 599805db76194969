// restante init, passphrase: the archive as a whole.
#include "cli/collector/commands.hpp"
#include "cli/collector/passphrase.hpp"
#include "cli/collector/reporting.hpp"
#include "cli/terminal.hpp"

#include <sysexits.h>

namespace cli::collector {

int init(const style& how, bool encrypted, const std::string& passphrase_command)
{
    if (archive_folder::is_there(how.archive)) {
        return error_exit(EX_CANTCREAT, "there is an archive in " + how.archive + " already");
    }
    archive_configuration wanted;
    wanted.encrypted = encrypted;
    wanted.passphrase_command = passphrase_command;
    std::string passphrase;
    if (encrypted) {
        auto given = new_passphrase(passphrase_command);
        if (!given) return report(given.error());
        passphrase = std::move(*given);
    }
    const auto made = archive_folder::make(how.archive, wanted, passphrase);
    if (!made) return report(made.error());
    if (how.json)
        print_json("archive", {{"path", (*made)->path()}, {"encrypted", encrypted}});
    else if (!how.quiet)
        print("made: " + (*made)->path() +
              (encrypted ? ", encrypted; without its passphrase nobody can read it, nor can you\n" : "\n"));
    return EX_OK;
}

int change_passphrase(const style& how)
{
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    if (!folder->encrypted()) {
        return error_exit(EX_USAGE, folder->path() + " is not encrypted, so it has no passphrase");
    }
    auto given = new_passphrase("");
    if (!given) return report(given.error());
    if (auto done = folder->change_passphrase(*given); !done) return report(done.error());
    if (how.json)
        print_json("archive", {{"path", folder->path()}, {"encrypted", true}});
    else if (!how.quiet)
        print("the passphrase is changed\n");
    return EX_OK;
}

} // namespace cli::collector
