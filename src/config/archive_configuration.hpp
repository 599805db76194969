// What holds for the whole archive, as its file restante.toml tells it.
#pragma once

#include "config/fault.hpp"
#include "config/key.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace config {

struct archive_configuration {
    bool encrypted = false;
    std::string passphrase_command;     ///< empty: the keyring, then asked
    std::string scanner;                ///< "clamd:/run/clamav/clamd.ctl", "clamd:HOST:PORT"; empty: none
    std::string second_copy;            ///< for accounts that name none of their own
    bool second_copy_same_disk = false; ///< it may lie on the disk of the archive
    std::uint64_t accounts_at_once = 8;
    std::chrono::seconds every{900}; ///< watch
    bool notify_desktop = true;
    std::vector<std::string> notify_command;
    std::vector<std::string> notify_mail;                     ///< recipients
    std::map<std::string, std::string, std::less<>> searches; ///< that a person saved, by name
    /// Programs that print the text of an attachment, by its type ("application/pdf") or the end of its name (".pdf").
    std::map<std::string, std::vector<std::string>, std::less<>> text_of;
    std::string notify_smtp; ///< "HOST:PORT" of the server that takes such mail
};

struct archive_reading {
    archive_configuration values;
    std::vector<fault> faults;
};
archive_reading read_archive(std::string_view text);
std::string format_archive(const archive_configuration& archive);

// The keys of the archive's file, restante.toml.

/// Fills an archive_configuration.
const schema& archive_schema();

} // namespace config
