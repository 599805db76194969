// The daemon and its kernel: limits, identity, inherited sockets.
#pragma once

#include "base/result.hpp"
#include "cli/hardening.hpp"
#include "cli/service_manager.hpp"
#include "cli/signal_watch.hpp"
#include "config/site.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

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

/// Root becomes `whom` for good, with no supplementary groups but its own and no capability but `kept`
/// (capabilities(7)), if it had that. For others than root nothing happens where they are `whom` already, else
/// it is an error. Before any thread: capabilities belong to threads.
base::result<> become(const identity& whom, std::optional<int> kept = {});

/// From now on no program that is executed can gain a right: NoNewPrivs is set and the bounding set emptied
/// (where CAP_SETPCAP allows). Rights that the process has stay. Before any thread.
void renounce_new_privileges();

/// Gives up every capability, ambient and inheritable ones too; root, in a trial, keeps its own. Before any thread.
base::result<> drop_capabilities();

bool is_root();

/// The sockets that systemd opened (sd_listen_fds(3)), if any; malformed where one is not named pop3, pop3s,
/// lmtp or smtp.
base::result<std::vector<config::inherited_socket>> take_inherited_sockets();

} // namespace cli
