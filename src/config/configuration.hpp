// What an operator may set, as plain values, and how one TOML file becomes it.
#pragma once

#include "base/log.hpp"
#include "config/fault.hpp"
#include "server/settings.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace config {

enum class log_format { key_value, json };
enum class log_target { standard_error, journal, file };

/// Every path may be relative: then it begins at `root` (in_root()). The parts of `site` that other members
/// stand for (listeners, tls, metrics, admin socket, host name, exempt networks) are empty here; site_settings()
/// fills them.
struct configuration {
    struct listener_values {
        std::vector<std::string> pop3;
        std::vector<std::string> pop3s{"*:995"};
        std::vector<std::string> lmtp{"run/lmtp.sock"};
        std::vector<std::string> smtp;
        std::string metrics;
        bool allow_plaintext = false;
        std::vector<std::string> proxy_networks;
        std::string socket_mode = "0660";
    };
    struct tls_values {
        std::string certificate = "tls/cert.pem";
        std::string key = "tls/key.pem";
        std::string names;
        std::string client_ca;
        bool refuse_unknown_names = false;
    };
    struct auth_values {
        std::string users = "users";
        std::chrono::seconds success_cache{60};
    };
    struct limit_values {
        std::vector<std::string> exempt_networks;
    };
    struct log_values {
        log_format format = log_format::key_value;
        log_target target = log_target::standard_error;
        std::string file{};
        base::severity level = base::severity::info;
    };

    std::string host_name; ///< empty: what the machine calls itself
    std::string root = "/var/lib/restante";
    std::string mail = "mail";
    std::string user;  ///< empty: whoever starts it
    std::string group; ///< empty: the user's own
    listener_values listeners;
    tls_values tls;
    auth_values auth;
    limit_values limits;
    log_values log;
    server::settings site = with_site_defaults();

    /// server::settings as they are, but deleted mail is held.
    static server::settings with_site_defaults();
};

/// `path` as it is where it begins with '/', else under the root.
std::string in_root(const configuration& config, std::string_view path);

/// What reading a file brought. `values` are complete in any case; use them only where there is no fault.
struct reading {
    configuration values;
    std::vector<fault> faults;                ///< in the order of lines
    std::map<std::string, std::size_t> lines; ///< where each key that was given stands
};

/// Reads a whole configuration; finds every fault, except that TOML's own grammar stops at its first one.
/// Takes any octets.
reading read_configuration(std::string_view text);

} // namespace config
