// The passphrase of an encrypted archive: where it comes from.
#include "collector/passphrase.hpp"

#include "credentials/secret.hpp"

#include <cstdlib>

namespace collector {

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
        path + ": nobody is there to type the archive's passphrase: set passphrase_command in restante.toml";
    return base::fail(base::error{base::failure::refused, false, text, text});
}

} // namespace collector
