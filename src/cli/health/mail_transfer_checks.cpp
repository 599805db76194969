// restanted doctor: can Postfix, as the user that it is, connect to the LMTP socket?
#include "cli/health/checks.hpp"
#include "cli/root.hpp"
#include "config/site.hpp"
#include "net/dial/dial.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

namespace cli::health {

namespace {

constexpr std::chrono::milliseconds connect_limit{3000};
constexpr const char* mail_transfer_user = "postfix"; // mail_owner, postconf(5): who its LMTP client runs as

// What a child process that has become `whom` answers; it ends there.
bool as_user(const identity& whom, bool (*ask)(const std::string&), const std::string& path)
{
    const pid_t child = fork(); // before any thread
    if (child == 0) _exit(become(whom) && ask(path) ? 0 : 1);
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool can_connect(const std::string& path)
{
    return net::dial_path(path, connect_limit, nullptr).has_value();
}

std::string folder_of(const std::string& path)
{
    return split_path(path).folder;
}

bool can_search_folder(const std::string& path)
{
    return access(folder_of(path).c_str(), X_OK) == 0;
}

finding check_socket(const examination& subject, const identity& whom, const std::string& path)
{
    if (!subject.daemon && access(folder_of(path).c_str(), F_OK) != 0)
        return {"mail transfer", verdict::warning, path + " is not there: nothing was started here yet",
                "look again when the daemon runs"};
    const bool reached = as_user(whom, subject.daemon ? can_connect : can_search_folder, path);
    if (reached) return {"mail transfer", verdict::ok, "the user " + whom.name + " reaches " + path};
    return {
        "mail transfer", verdict::error, "the user " + whom.name + " does not reach " + path,
        "put that user into the socket's group (listeners.socket_mode is 0660), let the group search every folder "
        "above it, and restart Postfix; where Postfix does not deliver to it, set listeners.lmtp to []",
        EX_NOPERM};
}

} // namespace

std::vector<finding> check_mail_transfer(const examination& subject)
{
    const auto whom = find_identity(mail_transfer_user, "");
    if (!whom)
        return {{"mail transfer", verdict::ok,
                 "there is no user " + std::string(mail_transfer_user) + " on this machine"}};
    std::vector<finding> out;
    for (const auto& listener : all_listeners(subject)) {
        if (listener.service != server::service::lmtp || listener.address.path.empty()) continue;
        if (!is_root())
            return {{"mail transfer", verdict::warning,
                     "whether Postfix reaches the LMTP socket is not known", "run doctor as root"}};
        out.push_back(check_socket(subject, **whom, listener.address.path));
    }
    if (out.empty()) out.push_back({"mail transfer", verdict::ok, "LMTP is not served on a Unix socket"});
    return out;
}

} // namespace cli::health
