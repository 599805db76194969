// From a configuration to what the post office takes: the doors, the certificates, the command line's wishes.
#pragma once

#include "config/configuration.hpp"
#include "server/settings.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace config {

/// What the command line says; it goes before the file.
struct overrides {
    std::optional<std::string> root{};
    /// Where any of these five is given, only what is given is opened.
    std::vector<std::string> pop3{}, pop3s{}, lmtp{}, smtp{};
    std::string metrics{};
    bool allow_plaintext = false;
};

/// Puts `wishes` over the values read; what is wrong with them becomes faults under the option's name.
void apply(const overrides& wishes, reading& onto);

/// Adds the faults that show only when keys are seen together.
void check_together(reading& out);

/// Where the admin socket is.
std::string admin_socket_path(const configuration& config);

/// The keys that differ and that only a restart puts in force, beside those of the post office
/// (server::keep_what_cannot_change).
std::vector<std::string> keys_for_restart(const configuration& before, const configuration& now);

/// A listening socket that systemd opened for us.
struct inherited_socket {
    std::string name; ///< "pop3", "pop3s", "lmtp" or "smtp"
    int descriptor = -1;
    bool local = false; ///< a Unix socket
};

/// The post office's settings. Only for values without faults. Sockets that were inherited stand in the place
/// of all listeners of their name.
server::settings site_settings(const configuration& config, std::span<const inherited_socket> inherited = {});

/// How many files the daemon may have open at once with all its connections.
std::uint64_t open_files_wanted(const configuration& config);

/// Where `open_files` are not enough for all: what POP3 sessions may have of them, and how many connections of LMTP and
/// of SMTP there may be, so that neither of the three takes what the others and the operator need.
void share_open_files(server::limit_settings& limits, const configuration& config, std::uint64_t open_files);

/// The certificate part alone.
server::tls_files tls_files(const configuration& config);

} // namespace config
