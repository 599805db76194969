// The daemon and its kernel: limits, identity, inherited sockets.
#include "cli/process.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

namespace cli {

namespace {

base::error unknown_account(std::string_view kind, const std::string& name)
{
    auto text = std::string(kind) + " \"" + name +
                "\" does not exist on this system; make it (for a user: useradd --system " + name +
                ") or name another one";
    return {base::failure::malformed, false, "unknown account", std::move(text)};
}

/// Capabilities by the system call itself: libcap would be a library more for two numbers.
base::result<> keep_capability(std::optional<int> kept)
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
    if (syscall(SYS_capget, &header, sets.data()) != 0)
        return base::fail(base::error_from_errno(errno, "ask for the capabilities"));
    for (std::size_t index = 0; index < sets.size(); ++index) {
        const bool matches = kept && static_cast<std::size_t>(CAP_TO_INDEX(*kept)) == index;
        const auto had = matches ? sets[index].permitted & CAP_TO_MASK(*kept) : 0U;
        sets[index] = {.effective = had, .permitted = had, .inheritable = 0};
    }
    if (syscall(SYS_capset, &header, sets.data()) != 0)
        return base::fail(base::error_from_errno(errno, "give up the capabilities"));
    return {};
}

} // namespace

base::result<std::optional<identity>> find_identity(const std::string& user, const std::string& group)
{
    if (user.empty()) return std::optional<identity>();
    const passwd* account = getpwnam(user.c_str()); // before any thread
    if (account == nullptr) return base::fail(unknown_account("user", user));
    identity out{account->pw_uid, account->pw_gid, user};
    if (!group.empty()) {
        const ::group* named = getgrnam(group.c_str()); // as above
        if (named == nullptr) return base::fail(unknown_account("group", group));
        out.group = named->gr_gid;
    }
    return out;
}

std::optional<identity> owner_of(const std::string& path)
{
    struct stat found{};
    if (!is_root() || stat(path.c_str(), &found) != 0 || found.st_uid == 0) return std::nullopt;
    const passwd* account = getpwuid(found.st_uid); // before any thread
    return identity{found.st_uid, found.st_gid,
                    account != nullptr ? std::string(account->pw_name) : std::to_string(found.st_uid)};
}

bool is_root()
{
    return geteuid() == 0;
}

base::result<> become(const identity& whom, std::optional<int> kept)
{
    if (!is_root()) {
        if (geteuid() == whom.user) return {};
        return base::fail(
            {base::failure::refused, false, "not permitted",
             "only root can become the user \"" + whom.name + "\"; start it as root or as that user"});
    }
    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0); // else setuid takes `kept` too; all others go below
    // A user without a name of its own, as containers have them, has no groups but the one given.
    const passwd* named = getpwnam(whom.name.c_str()); // before any thread
    const int grouped =
        named != nullptr ? initgroups(whom.name.c_str(), whom.group) : setgroups(1, &whom.group);
    if (grouped != 0 || setresgid(whom.group, whom.group, whom.group) != 0 ||
        setresuid(whom.user, whom.user, whom.user) != 0)
        return base::fail(base::error_from_errno(errno, "become the user " + whom.name));
    prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // setuid may have reset it
    return keep_capability(kept);
}

void renounce_new_privileges()
{
    // EINVAL ends it: the kernel knows no further capability. EPERM: no right to; NoNewPrivs holds all the same.
    for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; ++capability) {
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

base::result<> drop_capabilities()
{
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (is_root()) return {};
    return keep_capability({});
}

base::result<std::vector<config::inherited_socket>> take_inherited_sockets()
{
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    if (count < 0) return base::fail(base::error_from_errno(-count, "take the sockets of systemd"));
    std::vector<config::inherited_socket> taken;
    for (int i = 0; i < count; ++i) {
        const int descriptor = SD_LISTEN_FDS_START + i;
        const bool local = sd_is_socket_unix(descriptor, SOCK_STREAM, 1, nullptr, 0) > 0;
        taken.push_back({names[i], descriptor, local});
        std::free(names[i]); // NOLINT(cppcoreguidelines-no-malloc): sd_listen_fds_with_names(3) asks for it
    }
    std::free(static_cast<void*>(names)); // NOLINT(cppcoreguidelines-no-malloc): as above
    constexpr std::array<std::string_view, 4> services{"pop3", "pop3s", "lmtp", "smtp"};
    for (const auto& socket : taken)
        if (std::ranges::find(services, socket.name) == services.end())
            return base::fail(
                {base::failure::malformed, false, "unknown socket",
                 "systemd handed over a socket named \"" + socket.name +
                     "\"; in the socket unit set FileDescriptorName= to pop3, pop3s, lmtp or smtp"});
    return taken;
}

} // namespace cli
