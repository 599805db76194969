// Everything an operator can set for the post office. Plain values with safe defaults; `cli` fills them.
#pragma once

#include "net/address.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace server {

using std::chrono::milliseconds;
using std::chrono::seconds;

enum class service { pop3, lmtp, smtp };

/// When TLS begins on a listener: never, after STLS/STARTTLS, or with the first octet (RFC 8314).
enum class tls_mode { none, start_tls, implicit };

struct listener_settings {
    server::service service = server::service::pop3;
    net::listen_address address;
    tls_mode tls = tls_mode::none;
    /// POP3: passwords may come without TLS. For loopback and trusted networks only.
    bool plaintext_allowed = false;
    /// A PROXY header (v1 or v2) must come first from these networks; from elsewhere none is looked for.
    /// Empty: off.
    std::vector<net::network> proxy_networks;
    /// A listening socket that systemd opened; `address` then serves for its text only.
    std::optional<int> inherited_descriptor;
    /// Permissions of a Unix socket.
    unsigned socket_mode = 0660;
};

/// Deadlines, all on the steady clock. Numbers as docs/server.md gives reasons for.
struct deadline_settings {
    milliseconds proxy_header = seconds(3);
    milliseconds tls_handshake = seconds(10);
    milliseconds log_in = seconds(60);            ///< from connection to log-in, in all
    milliseconds idle = std::chrono::minutes(10); ///< after log-in: the least RFC 1939, section 3, allows
    milliseconds mail_in_idle = std::chrono::minutes(5); ///< LMTP and SMTP, RFC 5321, section 4.5.3.2.7
    /// A whole LMTP or SMTP session in which no message was delivered; begins anew with each. A message that is
    /// coming in has a second more for every 500 octets.
    milliseconds mail_in_session = std::chrono::minutes(10);
    /// For a message's turn at its maildrops; below the ten minutes that a sender waits (RFC 5321, section
    /// 4.5.3.2.6).
    milliseconds delivery_wait = seconds(60);
    milliseconds write = seconds(30); ///< for the first octets of a reply; net renews it at 500 octets/s
    milliseconds tls_handshake_stressed = seconds(5); ///< at `stress_percent` of the connections
    milliseconds log_in_stressed = seconds(15);
    milliseconds shutdown = seconds(30); ///< how long commands under way may take after stop()
    milliseconds lock_wait = seconds(2); ///< for another session's exclusive lock, then [IN-USE]
    milliseconds lock_retry = milliseconds(100);
    milliseconds lock_holder_idle = std::chrono::minutes(5); ///< a holder idle this long gives way
};

struct limit_settings {
    std::size_t connections_max = 8192; ///< POP3, over all threads
    /// How many open files POP3 sessions may have together, so that mail can come in and the operator be answered
    /// when it is full of them; 0: there are enough for connections_max.
    std::size_t open_files_of_sessions = 0;
    /// Random early drop of connections that have not logged in: from `start` on, `rate` percent are dropped,
    /// rising to all at `full` (percent of connections_max).
    unsigned early_drop_start_percent = 25;
    unsigned early_drop_rate_percent = 30;
    unsigned early_drop_full_percent = 100;
    unsigned stress_percent = 75;
    std::size_t unauthenticated_per_address = 20;
    std::size_t connections_per_address = 50;
    std::size_t sessions_per_user_and_address = 10;
    /// The longest that the answer to a failed log-in is held back (2, 4, 8, then 15 s by network).
    milliseconds failure_delay_max = seconds(15);
    /// Never counted by address, never delayed or refused for failures: a webmail host, a proxy's health
    /// check.
    std::vector<net::network> exempt_networks;
    std::size_t mail_in_connections_max = 100;        ///< of LMTP, and as many of SMTP
    std::size_t mail_in_connections_per_address = 25; ///< of each; Postfix opens 20 to one destination
    std::size_t deliveries_per_user = 10;             ///< messages at one time; more wait in turn
    /// Commands of one connection that wait in memory; above it the connection is not read.
    std::size_t buffered_octets_max = 64 * 1024;
    std::size_t disk_queue_max = 1024;
    std::size_t hash_queue_max = 256;
};

/// What a client without UTF8 gets of an internationalised message (RFC 6856, section 1; RFC 6858): the message as it
/// is, one in ASCII in its place, or a refusal.
enum class utf8_fallback { as_is, surrogate, refuse };

/// How many POP3 sessions a maildrop has at a time: one (RFC 1939, section 4), or any number, each with its own
/// listing.
enum class maildrop_lock { exclusive, snapshot };

/// What holds for POP3 on this site; accounts may override the maildrop's part and the delays.
struct pop3_settings {
    std::string implementation; ///< IMPLEMENTATION, e.g. "Restante-0.1.0"; empty: not told
    /// SASL mechanisms that may be offered where the connection allows them. Neither CRAM-MD5 nor -PLUS is among
    /// the defaults (decision 0110).
    std::vector<std::string> mechanisms{"SCRAM-SHA-256", "SCRAM-SHA-1", "EXTERNAL", "PLAIN", "LOGIN"};
    bool apop = false;
    seconds login_delay{0}; ///< least time between two log-ins of a user; 0: none
    utf8_fallback fallback = utf8_fallback::surrogate;
    std::vector<std::string> languages{"en", "de"}; ///< LANG; the first is what "*" asks for
    unsigned bad_commands_before_login = 3;
    unsigned bad_commands_after_login = 20;
    unsigned log_in_failures_max = 3;
};

/// What holds for some users only: those of a domain, or one. Whatever is not set follows the site.
struct own_settings {
    std::optional<std::string> host_name{};                        ///< in Received
    std::optional<std::uint64_t> quota_octets{}, quota_messages{}; ///< 0: no limit
    std::optional<seconds> expire{};                               ///< 0: never
    std::optional<seconds> held_for{};
    std::optional<seconds> login_delay{};
    std::optional<maildrop_lock> lock{};
    friend bool operator==(const own_settings&, const own_settings&) = default;
};

/// What holds for the maildrops of this site; accounts and domains may override it.
struct maildrop_settings {
    maildrop_lock lock = maildrop_lock::exclusive;
    std::optional<std::uint64_t> quota_octets{}, quota_messages{}; ///< none: no limit
    std::optional<seconds> expire{};                               ///< how long mail is kept; none: for good
    seconds held_for{0}; ///< how long deleted mail is held before it is gone; 0: deleted at once
};

struct mail_in_settings {
    std::uint64_t message_octets_max = 50ULL << 20U;
    unsigned recipients_max = 1000;
    /// Bad commands of one connection, and over SMTP refused recipients too.
    unsigned bad_commands_max = 20;
    /// Where mail for postmaster goes when neither a user nor an alias of that name is there; empty: into a maildrop
    /// `postmaster`.
    std::string postmaster;
    /// From this share of a quota on the maildrop's owner is warned; 0: never.
    unsigned quota_warning_percent = 90;
};

/// A certificate and its key, by the paths of their PEM files; a chain holds the leaf first.
struct certificate_files {
    std::string chain_path, key_path;
};

/// What TLS needs, by name; a certificate_source gives the contents.
struct tls_files {
    certificate_files certificate{}; ///< the default one
    /// A folder of NAME/fullchain.pem + NAME/privkey.pem, or NAME.crt/NAME.pem + NAME.key; NAME is a host name or
    /// "*.domain". Served by SNI (RFC 6066). Empty: none.
    std::string names_folder{};
    std::string client_ca_path{}; ///< ask for client certificates signed by these; empty: do not ask
    bool refuse_unknown_names =
        false; ///< SNI for a name that has none: unrecognized_name instead of the default
};

struct settings {
    std::string host_name = "localhost"; ///< in greetings, Received and SASL
    std::string version;                 ///< told by `status`
    std::size_t threads = 0;             ///< network threads; 0: one per core
    std::size_t disk_threads = 0;        ///< 0: four per core
    std::size_t hash_threads = 0;        ///< 0: one per core, at most 4
    std::vector<listener_settings> listeners;
    std::string admin_socket_path;              ///< empty: none
    std::optional<net::listen_address> metrics; ///< loopback, for /metrics and /health
    std::optional<tls_files> tls;               ///< none: no TLS
    server::deadline_settings deadlines;
    server::limit_settings limits;
    server::pop3_settings pop3;
    server::mail_in_settings mail_in;
    maildrop_settings maildrop;
    /// By domain, as in the names of its users. An account's own value overrides its domain's.
    std::map<std::string, own_settings, std::less<>> domains;
    milliseconds watch_every = seconds(2);            ///< certificate files and users; 0: never
    milliseconds sweep_every = std::chrono::hours(1); ///< each maildrop once in this time; 0: never
};

} // namespace server
