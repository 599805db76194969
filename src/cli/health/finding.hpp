// What one check of restanted doctor found, and what it had to look at.
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

enum class verdict { ok, warning, error };

/// One line of the answer. The texts are for the operator and hold no secret.
struct finding {
    std::string name; ///< of the check, such as "certificate"
    health::verdict verdict = health::verdict::ok;
    std::string message;
    std::string remedy{};      ///< what to do; empty where nothing is to be done
    int exit_code = EX_CONFIG; ///< of sysexits.h: for the command, where this is its first error
};

std::string_view name_of(verdict which);

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

} // namespace cli::health
