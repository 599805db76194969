// The passphrase of an encrypted archive, and the key that it opens: where they come from, and how it is changed.
#include "collector/passphrase.hpp"

#include "collector/named_files.hpp"
#include "collector/second_copies.hpp"
#include "credentials/secret.hpp"
#include "disk/posix.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>

namespace collector {

namespace {

/// More than any key file has.
constexpr std::uint64_t key_file_octets_max = 1U << 16U;

/// A second copy has the key under the passphrase that it had when the copy was last written. The paths of those that
/// could not be written now.
base::result<std::set<std::string>> keep_key_in_copies(archive_folder& folder)
{
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    std::set<std::string> away;
    base::result<> done;
    for (const auto& name : *names) {
        const auto account = folder.account(name);
        if (!account) continue; // its own commands report it
        const auto found = look_at_second_copy(folder, *account);
        if (found.state == second_copy_state::none) continue;
        const auto& root = account->second_copy_root;
        const auto& path = root.empty() ? found.path : root;
        if (found.state != second_copy_state::ready)
            away.insert(path);
        else if (auto kept = keep_key_in(folder, path); !kept)
            done = kept;
    }
    if (!done) return base::fail(done.error());
    return away;
}

base::result<std::string> new_passphrase(const config::archive_configuration& archive, const person& person)
{
    return archive.passphrase_command.empty() ? person.choose_secret("the archive", "passphrase")
                                              : credentials::secret_of_command(archive.passphrase_command);
}

} // namespace

base::result<std::string> passphrase_of(const config::archive_configuration& archive, const std::string& path,
                                        const person& person)
{
    if (!archive.passphrase_command.empty())
        return credentials::secret_of_command(archive.passphrase_command);
    if (std::getenv("DBUS_SESSION_BUS_ADDRESS") != nullptr)
        if (auto kept = credentials::secret_of_keyring("archive " + path)) return kept;
    auto typed = person.ask_secret("Passphrase of the archive " + path + ": ");
    if (typed || typed.error().kind != base::failure::refused) return typed;
    const auto text =
        path + ": no terminal to ask for the archive's passphrase: set passphrase_command in restante.toml";
    return base::fail(base::error{base::failure::refused, false, text, text});
}

base::result<std::string> read_key_file(const std::string& path)
{
    disk::posix_file_system files;
    const std::filesystem::path whole(absolute_path(path));
    auto folder = files.open(whole.parent_path().string());
    if (!folder) return base::fail(folder.error());
    return disk::read_whole(**folder, whole.filename().string(), key_file_octets_max);
}

base::result<std::unique_ptr<archive_folder>> make_archive(const std::string& path,
                                                           const config::archive_configuration& archive,
                                                           std::string_view key_file, const person& person)
{
    base::result<std::string> passphrase;
    if (archive.encrypted)
        passphrase =
            key_file.empty() ? new_passphrase(archive, person) : passphrase_of(archive, path, person);
    if (!passphrase) return base::fail(passphrase.error());
    return archive_folder::make(path, archive, *passphrase, person, key_file);
}

base::result<std::set<std::string>> change_passphrase(archive_folder& folder, const std::string& passphrase)
{
    if (auto done = folder.change_passphrase(passphrase); !done) return base::fail(done.error());
    return keep_key_in_copies(folder);
}

} // namespace collector
