// The kind, and then what the modes and the mount say.
#include "collector/state_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace collector {

namespace {

base::error not_usable_file(const std::string& path, std::string_view why)
{
    return base::permanent_error(base::failure::refused, fmt::format("{} {}", path, why));
}

base::error no_file(const std::string& path, mode_t mode)
{
    if (S_ISLNK(mode))
        return not_usable_file(path,
                               "is a symbolic link, which is not followed: put the file itself in its place");
    return not_usable_file(path, S_ISDIR(mode) ? "is a folder, where a file should be: move it away"
                                               : "is no regular file: move it away");
}

base::error not_ours(const std::string& path, const struct stat& file)
{
    if (file.st_uid == geteuid())
        return not_usable_file(
            path, fmt::format("has mode {0:04o}, so that it cannot be read and written: chmod u+rw {1}",
                              file.st_mode & 07777U, path));
    return not_usable_file(
        path, fmt::format("belongs to the user with the number {0}, and cannot be read and written: chown "
                          "{1} {2}, or run this as that user",
                          file.st_uid, geteuid(), path));
}

} // namespace

base::result<> check_state_file(const std::string& path)
{
    struct stat file{};
    if (lstat(path.c_str(), &file) != 0) return {}; // what is not there is made, or told by whoever reads it
    if (!S_ISREG(file.st_mode)) return base::fail(no_file(path, file.st_mode));
    if (faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) == 0) return {};
    if (errno == EACCES || errno == EPERM) return base::fail(not_ours(path, file));
    if (errno == EROFS)
        return base::fail(
            not_usable_file(path, "lies on a disk that is mounted read-only: mount it writable"));
    return {};
}

base::error at_file(const std::string& path, base::error why)
{
    if (why.kind == base::failure::storage || why.kind == base::failure::refused)
        if (auto found = check_state_file(path); !found) return found.error();
    why.operator_text = path + ": " + why.operator_text;
    return why;
}

} // namespace collector
