// restante init, passphrase: the archive as a whole.
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/named_paths.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/named_files.hpp"
#include "collector/passphrase.hpp"
#include "collector/second_copies.hpp"
#include "credentials/secret.hpp"
#include "disk/posix.hpp"

#include <sysexits.h>

#include <filesystem>
#include <set>

namespace cli::restante {

namespace {

/// More than any key file has.
constexpr std::uint64_t key_file_octets_max = 1U << 16U;

base::result<std::string> key_of_lost_archive(const std::string& path)
{
    disk::posix_file_system files;
    const std::filesystem::path whole(collector::absolute_path(path));
    auto folder = files.open(whole.parent_path().string());
    if (!folder) return base::fail(folder.error());
    return disk::read_whole(**folder, whole.filename().string(), key_file_octets_max);
}

/// A second copy has the key under the passphrase that it had when the copy was last written. `away` gets the paths of
/// those that could not be written now.
base::result<> keep_key_in_copies(collector::archive_folder& folder, std::set<std::string>& away)
{
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    base::result<> all;
    for (const auto& name : *names) {
        const auto account = folder.account(name);
        if (!account) continue; // its own commands tell
        const auto found = collector::look_at_second_copy(folder, *account);
        if (found.state == collector::second_copy_state::none) continue;
        const auto& root = account->second_copy_root;
        const auto& path = root.empty() ? found.path : root;
        if (found.state != collector::second_copy_state::ready)
            away.insert(path);
        else if (auto kept = collector::keep_key_in(folder, path); !kept)
            all = kept;
    }
    return all;
}

/// From the command, else typed twice, or a line of standard input.
base::result<std::string> new_passphrase(const std::string& command)
{
    return command.empty() ? read_new_password("the archive", "passphrase")
                           : credentials::secret_of_command(command);
}

} // namespace

int init(const style& how, bool encrypted, const std::string& passphrase_command, const std::string& key_path)
{
    if (!key_path.empty() && !encrypted) return error_exit(EX_USAGE, "--key is for --encrypted");
    if (collector::archive_folder::is_there(how.archive)) {
        return error_exit(EX_CANTCREAT, "there is an archive in " + how.archive + " already");
    }
    config::archive_configuration wanted;
    wanted.encrypted = encrypted;
    wanted.passphrase_command = passphrase_command;
    std::string passphrase, key_file;
    if (!key_path.empty()) {
        auto read = key_of_lost_archive(key_path);
        if (!read) return report_target(key_path, read.error());
        key_file = std::move(*read);
    }
    if (encrypted) {
        auto given = key_file.empty() ? new_passphrase(passphrase_command)
                                      : collector::passphrase_of(wanted, how.archive, person_at_terminal());
        if (!given) return report(given.error());
        passphrase = std::move(*given);
    }
    const auto made =
        collector::archive_folder::make(how.archive, wanted, passphrase, person_at_terminal(), key_file);
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
    std::set<std::string> away;
    if (auto kept = keep_key_in_copies(*folder, away); !kept) return report(kept.error());
    if (!folder->configuration().passphrase_command.empty() && !how.quiet)
        complain("passphrase_command in restante.toml must print the new passphrase from now on");
    for (const auto& path : away)
        complain(
            "the second copy in " + path +
            " is not there now: its key opens with the old passphrase until a run or restante verify finds it again");
    if (how.json)
        print_json("archive", {{"path", folder->path()}, {"encrypted", true}});
    else if (!how.quiet)
        print("the passphrase is changed\n");
    return EX_OK;
}

} // namespace cli::restante
