// The daemon and its kernel and its service manager: limits, signals, identity, systemd.
#pragma once

#include "base/result.hpp"
#include "cli/site.hpp"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace cli {

/// Before anything is read: new files are for their owner only, no core dump and no debugger may see keys and
/// passwords, and writing to a closed connection is an error, not a death.
void harden_process();

/// Raises the limit of open files to `wanted`, as far as the system lets; what it is now.
std::uint64_t raise_open_files(std::uint64_t wanted);

/// Whom to be, by number.
struct identity {
    uid_t user = 0;
    gid_t group = 0;
    std::string name;
};

/// Looks up the configured names; none where `user` is empty; malformed where they are unknown.
base::result<std::optional<identity>> find_identity(const std::string& user, const std::string& group);

/// Who owns the folder at `path`; none where it is missing, is root's, or the caller is not root.
std::optional<identity> owner_of(const std::string& path);

/// Root becomes `whom` for good, with no supplementary groups but its own. For others than root nothing
/// happens where they are `whom` already, else it is an error.
base::result<> become(const identity& whom);

/// Root hands `paths` over to `whom`; links are not followed, and what is missing is passed over.
base::result<> hand_over(const std::vector<std::string>& paths, const identity& whom);

bool is_root();

/// Waits on a thread of its own for SIGHUP, SIGTERM and SIGINT, which are blocked in every thread made after
/// it. Make it before any other thread.
class signal_watch {
public:
    signal_watch();
    ~signal_watch();
    signal_watch(const signal_watch&) = delete;
    signal_watch& operator=(const signal_watch&) = delete;

    /// Begins to call: on SIGHUP `reload`, on each SIGTERM or SIGINT `stop`.
    void start(std::function<void()> reload, std::function<void()> stop);

private:
    std::thread thread_;
};

/// Tells systemd, where it asked (sd_notify(3)): "READY=1", "STOPPING=1", ….
void notify_service_manager(const std::string& state);
/// "RELOADING=1" with the monotonic time that Type=notify-reload wants.
void notify_reloading();

/// The sockets that systemd opened (sd_listen_fds(3)), if any; malformed where one is not named pop3, pop3s,
/// lmtp or smtp.
base::result<std::vector<inherited_socket>> take_inherited_sockets();

} // namespace cli
