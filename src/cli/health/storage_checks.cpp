// restanted doctor: folders, the disk with the mail, and the room on it.
#include "cli/health/checks.hpp"
#include "cli/machine.hpp"
#include "cli/root.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace cli::health {

namespace {

// Below these shares an operator should act; a full disk refuses mail.
constexpr unsigned free_percent_warning = 10;
constexpr std::uint64_t free_messages_min = 10; // of the greatest size that is taken
constexpr std::uint64_t free_inodes_min = 1000;

finding check_folder(const examination& subject, const std::string& name, const std::string& path)
{
    struct stat found{};
    if (stat(path.c_str(), &found) != 0)
        return {name, verdict::error, path + " is not there",
                "start the daemon once, or mount the disk that it is on", EX_NOINPUT};
    if (subject.user && found.st_uid != subject.user->user)
        return {name, verdict::error, path + " does not belong to the user " + subject.user->name,
                "chown " + subject.user->name + ": " + path, EX_NOPERM};
    if (access(path.c_str(), R_OK | W_OK | X_OK) != 0)
        return {
            name, verdict::error, path + " cannot be read and written by this user",
            "run doctor as root or as the daemon's user; if it is the daemon's, chown it and chmod u+rwx it",
            EX_NOPERM};
    return {name, verdict::ok, path + " is there and writable"};
}

bool is_first_start(const examination& subject)
{
    const auto state = look_at_mail_folder(subject.values, subject.files);
    return state && *state == mail_folder_state::first_start;
}

finding first_start(const std::string& name, const std::string& path)
{
    return {name, verdict::warning, path + " is not there: nothing was started here yet",
            "restanted serve creates it; if there was mail, mount its disk first"};
}

} // namespace

std::vector<finding> check_folders(const examination& subject)
{
    const auto& root = subject.values.root;
    if (access(root.c_str(), F_OK) != 0 && is_first_start(subject)) return {first_start("root", root)};
    std::vector<finding> out{check_folder(subject, "root", root)};
    const auto run = config::in_root(subject.values, "run");
    if (out.front().verdict != verdict::error && !is_first_start(subject))
        out.push_back(check_folder(subject, "run folder", run));
    return out;
}

std::vector<finding> check_mail_folder(const examination& subject)
{
    const auto path = config::in_root(subject.values, subject.values.mail);
    // A folder that may not be looked into has no marker to be seen.
    if (access(path.c_str(), F_OK) == 0 && access(path.c_str(), R_OK | X_OK) != 0)
        return {check_folder(subject, "mail folder", path)};
    const auto state = look_at_mail_folder(subject.values, subject.files);
    if (!state) return {{"mail folder", verdict::error, state.error().operator_text, "", EX_NOINPUT}};
    if (*state == mail_folder_state::first_start) return {first_start("mail folder", path)};
    if (*state == mail_folder_state::not_mounted)
        return {{"mail folder", verdict::error,
                 path + " has lost its marker file: the disk with the mail is not mounted",
                 "mount it; restanted serve reports what to do where the mail is permanently lost",
                 EX_TEMPFAIL}};
    return {check_folder(subject, "mail folder", path)};
}

std::vector<finding> check_space(const examination& subject)
{
    const auto path = config::in_root(subject.values, subject.values.mail);
    const auto disk = look_at_machine(path);
    if (disk.disk_octets == 0)
        return {{"disk space", verdict::warning, path + " is not there, so its disk is not known", ""}};
    const auto needed = subject.values.site.mail_in.message_octets_max * free_messages_min;
    const bool low = disk.disk_free_octets / (disk.disk_octets / 100 + 1) < free_percent_warning;
    const auto space = grade(disk.disk_free_octets < needed, low);
    std::vector<finding> out{
        {"disk space", space,
         std::to_string(disk.disk_free_octets >> 20U) + " MiB free on the disk of " + path,
         space == verdict::ok ? "" : "let users delete mail, shorten maildrops.held_for, or enlarge the disk",
         EX_IOERR}};
    if (disk.disk_inodes == 0) return out;
    const bool few = disk.disk_free_inodes / (disk.disk_inodes / 100 + 1) < free_percent_warning;
    const auto inodes = grade(disk.disk_free_inodes < free_inodes_min, few);
    out.push_back(
        {"inodes", inodes, std::to_string(disk.disk_free_inodes) + " inodes free on the disk of " + path,
         inodes == verdict::ok ? "" : "each message is a file: make the file system with more inodes",
         EX_IOERR});
    return out;
}

} // namespace cli::health
