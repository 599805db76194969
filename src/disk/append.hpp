// A file that only grows: opened for adding at its end.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace disk {

/// Opens the regular file `name` of the directory at `path` for appending and reading, made (0600, not yet durable)
/// where it is missing; a link or anything else there is `refused`. Of the kernel's file system only: it serves
/// files that lie beside those of SQLite, which knows no other.
base::result<std::unique_ptr<file>> open_to_append(const std::string& path, std::string_view name);

/// Takes the file's end off, so that `octets` are left: for what was appended in vain.
base::result<> shorten(file& of, std::uint64_t octets);

} // namespace disk
