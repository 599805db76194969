// The kernel's file system behind disk/file_system.hpp.
#pragma once

#include "disk/file_system.hpp"

#include <mutex>
#include <string>
#include <unordered_set>

namespace disk {

/// openat(2) and its family; directories are held by descriptor. Safe from any thread.
class posix_file_system final : public file_system {
public:
    base::result<std::unique_ptr<directory>> open(const std::string& path) override;
    /// Only below paths that open() found on a local file system: a server of files, or a program, may keep even
    /// those waiting who ask for what is in memory.
    base::result<std::unique_ptr<directory>> open_cached(const std::string& path) override;
    base::result<> make_path(const std::string& path) override;

private:
    std::mutex mutex_;
    std::unordered_set<std::string> local_; ///< paths; few, for they are the operator's
};

/// The device (st_dev) on which the file or directory at `path` lies; links are followed. Two paths of one device
/// lie on one file system, and die with it.
base::result<std::uint64_t> device_of(const std::string& path);

} // namespace disk
