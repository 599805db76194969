// The kind, the modes and the mount; the owner and the group's members.
#include "collector/state_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace collector {

namespace {

base::error not_usable_file(const std::string& path, std::string_view reason)
{
    return base::permanent_error(base::failure::refused, fmt::format("{} {}", path, reason));
}

base::error no_file(const std::string& path, mode_t mode)
{
    if (S_ISLNK(mode))
        return not_usable_file(path,
                               "is a symbolic link, which is not followed: put the file itself in its place");
    return not_usable_file(path, S_ISDIR(mode) ? "is a folder, where a file should be: move it away"
                                               : "is not a regular file: move it away");
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

using name_room = std::array<char, 16384>;

// Accounts are opened by threads side by side: the calls that keep their answer for themselves.
bool is_our_private_group(gid_t id)
{
    name_room of_user{};
    name_room of_group{};
    passwd user{};
    group ours{};
    passwd* we = nullptr;
    group* found = nullptr;
    if (getpwuid_r(geteuid(), &user, of_user.data(), of_user.size(), &we) != 0 || we == nullptr) return false;
    if (we->pw_gid != id) return false;
    if (getgrgid_r(id, &ours, of_group.data(), of_group.size(), &found) != 0 || found == nullptr)
        return false;
    const std::string_view name = we->pw_name;
    if (name != found->gr_name) return false;
    for (char** member = found->gr_mem; *member != nullptr; ++member)
        if (name != *member) return false;
    return true;
}

base::error others_write(const std::string& path, const std::string& fault, const std::string& mend)
{
    return base::permanent_error(
        base::failure::refused,
        fmt::format(
            "{} {}: whoever changes it could have any command run here; look at what it holds, then {}", path,
            fault, mend));
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

base::error at_file(const std::string& path, base::error error)
{
    if (error.kind == base::failure::storage || error.kind == base::failure::refused)
        if (auto found = check_state_file(path); !found) return found.error();
    error.operator_text = path + ": " + error.operator_text;
    return error;
}

base::result<> check_only_we_write(const std::string& path)
{
    struct stat file{};
    if (stat(path.c_str(), &file) != 0) return {};
    if (file.st_uid != geteuid() && file.st_uid != 0)
        return base::fail(
            others_write(path, fmt::format("belongs to the user with the number {}", file.st_uid),
                         fmt::format("chown {} {}, or run this as that user", geteuid(), path)));
    const bool by_group = (file.st_mode & S_IWGRP) != 0 && !is_our_private_group(file.st_gid);
    if ((file.st_mode & S_IWOTH) != 0 || by_group)
        return base::fail(
            others_write(path, fmt::format("has mode {:04o}, so others may write it", file.st_mode & 07777U),
                         "chmod go-w " + path));
    return {};
}

} // namespace collector
