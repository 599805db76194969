// One account as its file NAME.toml tells it: the server, how to sign in, what to keep, where mail goes.
#pragma once

#include "archive/settings.hpp"
#include "client/pop3_server.hpp"
#include "config/fault.hpp"
#include "config/keep_words.hpp"
#include "config/key.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// Where the password or the token comes from. Exactly one, never a secret itself.
struct secret_source {
    enum class kind { ask, command, file, keyring, oauth2, none };
    secret_source::kind kind = secret_source::kind::ask;
    std::string value; ///< the command, or the path
};

/// With kind oauth2: which provider, and as which client.
struct oauth2_configuration {
    std::string provider; ///< a preset's name, or empty with the end points below
    std::string client_id;
    std::string client_secret_command;
    std::string authorization_endpoint;
    std::string device_endpoint;
    std::string token_endpoint;
    std::string scope;
    std::string ca;
    bool client_credentials = false; ///< no person at all (RFC 6749, section 4.4)
};

/// A place that mail goes to besides the archive, or instead.
struct target_configuration {
    enum class kind { lmtp, smtp, program, mbox };
    target_configuration::kind kind = target_configuration::kind::lmtp;
    std::string destination;          ///< "HOST:PORT" or "/path" (lmtp), "HOST:PORT" (smtp), "/path" (mbox)
    std::vector<std::string> command; ///< program and its arguments; no shell
    std::vector<std::string> recipients;               ///< of lmtp and smtp
    std::string sender;                                ///< of lmtp and smtp; empty: the null sender
    client::tls_mode tls = client::tls_mode::starttls; ///< of smtp
    std::string user;                                  ///< of smtp
    std::string password_command;                      ///< of smtp
    std::string ca;
    bool add_received = false;
    bool add_delivered_to = false;
};

/// Whom to trust and who we are in TLS, by the paths of PEM files; empty: none. `collector` reads them.
struct trust_files {
    std::string ca{}; ///< a file, or a folder of hashed names; empty: the system's
    std::string client_certificate{}, client_key{};
};

struct account_configuration {
    archive::account_settings archive;
    client::pop3_server_settings server; ///< without the functions of sign_in
    config::trust_files trust_files;
    secret_source secret;
    oauth2_configuration oauth2;
    std::vector<target_configuration> targets;
    std::chrono::seconds every{0};      ///< how often watch fetches; 0: as restante.toml says
    bool second_copy_same_disk = false; ///< archive.second_copy may lie on the disk of the archive
    /// The folder with the marker above archive.second_copy, where that is of restante.toml; empty: itself.
    std::string second_copy_root{};
};

/// What reading a file brought; use `values` only where there is no fault.
struct account_reading {
    account_configuration values;
    std::vector<fault> faults;
};
account_reading read_account(std::string_view name, std::string_view text);

/// The file that `restante account add` writes: what was chosen, and in comments what else there is. Read again it
/// is the same account, but for `secret_source::kind::none`, which reads as `ask`.
std::string format_account(const account_configuration& account);

/// "socks5://HOST:PORT" or "http://HOST:PORT", as net::parse_proxy() reads it.
std::string format_proxy(const net::proxy& proxy);

/// In the order of client::tls_mode.
inline constexpr std::array<std::string_view, 3> tls_words{"implicit", "starttls", "none"};
/// One of tls_words.
std::optional<client::tls_mode> parse_tls_mode(std::string_view text);
std::string_view name_of(client::tls_mode mode);

/// "HOST", "HOST:PORT", "[ADDRESS6]:PORT"; port 0 where none is told; nothing where it is none of these.
struct host_and_port {
    std::string host;
    std::uint16_t port = 0;
};
std::optional<host_and_port> parse_host_and_port(std::string_view text);

/// 995 or 110.
std::uint16_t default_port(client::tls_mode mode);

// The keys of an account's file.

/// Fills an account_configuration.
const schema& account_schema();

} // namespace config
