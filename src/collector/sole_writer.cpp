// The owner, the mode, and the group's members.
#include "collector/sole_writer.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace collector {

namespace {

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

base::error others_write(const std::string& path, const std::string& what, const std::string& mend)
{
    return base::permanent_error(
        base::failure::refused,
        fmt::format(
            "{} {}: whoever changes it could have any command run here; look at what it holds, then {}", path,
            what, mend));
}

} // namespace

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
