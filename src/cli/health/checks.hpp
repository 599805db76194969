// The checks of restanted doctor, by what they look at.
#pragma once

#include "base/clock.hpp"
#include "cli/process.hpp"
#include "cli/source.hpp"
#include "disk/file_system.hpp"
#include "disk/path_reader.hpp"
#include "server/settings.hpp"

#include <sysexits.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli::health {

// What one check of restanted doctor found, and what it had to look at.

enum class verdict { ok, warning, error };

/// One line of the answer. The texts are for the operator and hold no secret.
struct finding {
    std::string name; ///< of the check, such as "certificate"
    health::verdict verdict = health::verdict::ok;
    std::string message;
    std::string remedy{};      ///< what to do; empty where nothing is to be done
    int exit_code = EX_CONFIG; ///< of sysexits.h: for the command, where this is its first error
};

std::string_view name_of(verdict outcome);

/// The graver of the two that is true.
constexpr verdict grade(bool is_error, bool is_warning)
{
    if (is_error) return verdict::error;
    return is_warning ? verdict::warning : verdict::ok;
}

/// The daemon that answers on the admin socket.
struct running_daemon {
    std::string version;
    std::optional<std::uint64_t> open_files_limit;
    bool certificate_refused = false; ///< the files on disk cannot be used; older ones are served
    /// What it listens on; none where it does not say, as an older version.
    std::optional<std::vector<server::listener_settings>> listeners;
    std::optional<net::listen_address> metrics;
};

/// What the checks look at. The configuration has no faults.
struct examination {
    const config::configuration& values;
    disk::file_system& files;
    const base::clock& clock;
    std::optional<identity> user;         ///< whose process the daemon is; none: the caller's
    std::optional<running_daemon> daemon; ///< none where none answers
    bool first_start = false;             ///< nothing was ever started on this root
    disk::file_opener open_unreadable{};  ///< for certificates that only root may read
};

/// Changes nothing, waits a few seconds at most; one finding at least.
using check = std::vector<finding> (*)(const examination& subject);

/// configuration_checks.cpp: the file's own errors, and what inspect() finds around it.
std::vector<finding> check_configuration(const config::reading& reading, const std::string& file_name);
std::vector<finding> check_surroundings(const config::reading& reading, const examination& subject);
std::vector<finding> check_users(const examination& subject);

/// storage_checks.cpp
std::vector<finding> check_folders(const examination& subject);
std::vector<finding> check_mail_folder(const examination& subject);
std::vector<finding> check_space(const examination& subject);

/// certificate_checks.cpp
std::vector<finding> check_certificate(const examination& subject);

/// listener_checks.cpp: each is connected to and its greeting read; where no daemon runs, each must be free. Before
/// root is given up: only root sees whose a socket is.
std::vector<finding> check_listeners(const examination& subject);

/// mail_transfer_checks.cpp: whether Postfix, where it is installed, reaches the LMTP socket. Needs root.
std::vector<finding> check_mail_transfer(const examination& subject);

/// name_checks.cpp: the host name's addresses, and the SRV records of the users' domains.
std::vector<finding> check_host_name(const examination& subject);
std::vector<finding> check_service_records(const examination& subject);

/// system_checks.cpp
std::vector<finding> check_daemon(const examination& subject, const std::string& admin_socket);
std::vector<finding> check_clock(const examination& subject);
std::vector<finding> check_open_files(const examination& subject);

/// The configuration's listeners, and those others that the running daemon has: its command line may have named them.
std::vector<server::listener_settings> all_listeners(const examination& subject);

/// Who answers on the admin socket; none where nobody does.
std::optional<running_daemon> find_daemon(const std::string& admin_socket);

} // namespace cli::health
