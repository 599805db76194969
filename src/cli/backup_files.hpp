// The form of a backup: plain files in three folders, and a manifest that makes it whole.
//
// config/   the configuration file         root/   the root folder without mail and run/
// mail/     the mail folder                restante-backup   the manifest, written last
//
// The manifest's first line is "restante-backup 1"; each other is a file: SHA-256 in hexadecimal, octets, seconds since
// 1970 of its last change, path, with one space between them. In a path '%', controls and blanks are %XX.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace cli {

constexpr std::string_view backup_manifest_name = "restante-backup";

struct backed_up_file {
    std::string path;
    std::string sha256; ///< hexadecimal
    std::uint64_t octets = 0;
    base::wall_time modified;
};

std::string format_manifest_line(const backed_up_file& file);
/// malformed for a path that leads elsewhere, too.
base::result<backed_up_file> parse_manifest_line(std::string_view line);

/// Calls `visit` for every file of a manifest; `malformed` where the folder has none or another version's.
base::result<> read_manifest(disk::directory& backup,
                             const std::function<base::result<>(const backed_up_file&)>& visit);

/// Opens a folder that is to be filled, made where it is missing; `exists` where anything is in it.
base::result<std::unique_ptr<disk::directory>> open_empty(disk::file_system& files, const std::string& path);

/// Copies files below one folder, making the folders that are missing. Nothing is durable before settle().
class file_copier {
public:
    explicit file_copier(std::unique_ptr<disk::directory> target) { open_.emplace("", std::move(target)); }

    /// Copies `name` to `path`; its contents are written out and synced. `vanished` where it is not there.
    base::result<backed_up_file> copy(disk::directory& directory, std::string_view name,
                                      const std::string& path);
    /// An open folder below, made where it is missing.
    base::result<disk::directory*> folder(const std::string& path);
    /// Syncs and closes the folders that were used.
    base::result<> settle();

private:
    std::map<std::string, std::unique_ptr<disk::directory>> open_; ///< by path
};

} // namespace cli
