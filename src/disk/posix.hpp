// The kernel's file system behind disk/file_system.hpp.
#pragma once

#include "disk/file_system.hpp"

namespace disk {

/// openat(2) and its family; directories are held by descriptor.
class posix_file_system final : public file_system {
public:
    base::result<std::unique_ptr<directory>> open(const std::string& path) override;
    base::result<std::unique_ptr<directory>> open_cached(const std::string& path) override;
    base::result<> make_path(const std::string& path) override;
};

} // namespace disk
