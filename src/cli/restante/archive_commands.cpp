// restante init, passphrase, second-copy init: the archive as a whole.
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/named_paths.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/named_files.hpp"
#include "collector/passphrase.hpp"
#include "collector/second_copies.hpp"

#include <sysexits.h>

namespace cli::restante {

int init(const style& options, bool encrypted, const std::string& passphrase_command,
         const std::string& key_path)
{
    if (!key_path.empty() && !encrypted) return error_exit(EX_USAGE, "--key is for --encrypted");
    if (collector::archive_folder::is_there(options.archive)) {
        return error_exit(EX_CANTCREAT, "there is an archive in " + options.archive + " already");
    }
    config::archive_configuration wanted;
    wanted.encrypted = encrypted;
    wanted.passphrase_command = passphrase_command;
    std::string key_file;
    if (!key_path.empty()) {
        auto read = collector::read_key_file(key_path);
        if (!read) return report_target(key_path, read.error());
        key_file = std::move(*read);
    }
    const auto made = collector::make_archive(options.archive, wanted, key_file, person_at_terminal());
    if (!made) return report(made.error());
    if (options.json)
        print_json("archive", {{"path", (*made)->path()}, {"encrypted", encrypted}});
    else if (!options.quiet)
        print("made: " + (*made)->path() +
              (encrypted ? ", encrypted; without its passphrase nobody can read it, nor can you\n" : "\n"));
    return EX_OK;
}

int change_passphrase(const style& options)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    if (!folder->encrypted()) {
        return error_exit(EX_USAGE, folder->path() + " is not encrypted, so it has no passphrase");
    }
    const auto given = read_new_password("the archive", "passphrase");
    if (!given) return report(given.error());
    const auto away = collector::change_passphrase(*folder, *given);
    if (!away) return report(away.error());
    if (!folder->configuration().passphrase_command.empty() && !options.quiet)
        complain("passphrase_command in restante.toml must print the new passphrase from now on");
    for (const auto& path : *away)
        complain(
            "the second copy in " + path +
            " is not there now: its key opens with the old passphrase until a run or restante verify finds it again");
    if (options.json)
        print_json("archive", {{"path", folder->path()}, {"encrypted", true}});
    else if (!options.quiet)
        print("the passphrase is changed\n");
    return EX_OK;
}

int second_copy_init(const style& options, const std::string& folder, bool take_over)
{
    int code = EX_OK;
    const auto archive = open_archive(options, code);
    if (!archive) return code;
    const auto path = collector::absolute_path(folder);
    const auto begun = collector::begin_named_second_copy(*archive, path, take_over);
    if (!begun) return report(begun.error());
    if (options.json)
        print_json("second_copy", {{"path", path}, {"begun_before", begun->before}});
    else if (!options.quiet)
        print((begun->before ? "was begun before: " : "begun: ") + path +
              (begun->is_named ? "\n"
                               : "; no account uses it yet: write second_copy = \"" + path +
                                     "\" in restante.toml or into [keep] of an account\n"));
    return EX_OK;
}

} // namespace cli::restante
