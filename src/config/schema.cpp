// Every key of restanted's configuration: its name, its meaning, and how its value is read.
#include "config/schema.hpp"

#include "auth/account.hpp"
#include "base/ascii.hpp"
#include "base/domain_name.hpp"
#include "config/fault.hpp"
#include "net/address.hpp"
#include "pop3/language.hpp"
#include "sasl/server.hpp"

#include <algorithm>
#include <array>

namespace config {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds day_seconds = 24h;
constexpr seconds year_seconds = 365 * day_seconds;

// Above these a value is a slip of the pen rather than a wish.
constexpr std::size_t connections_max = 1'000'000;
constexpr std::size_t threads_max = 1024;

constexpr std::array<std::string_view, 3> fallback_words{"as-is", "surrogate", "refuse"};
constexpr std::array<std::string_view, 2> lock_words{"exclusive", "snapshot"};
constexpr std::array<std::string_view, 2> log_format_words{"key-value", "json"};
constexpr std::array<std::string_view, 3> log_target_words{"stderr", "journal", "file"};
constexpr std::array<std::string_view, 5> log_level_words{"debug", "info", "notice", "warning", "error"};

// A macro, for 70 lambdas that differ in a name would hide the names.
#define AT(member) ([](void* owner) -> auto& { return static_cast<configuration*>(owner)->member; })

constexpr auto keys_of_site = std::to_array<key>({
    {"host_name", text{AT(host_name), is_host_name_or_empty, "mail.example.org"},
     "The name in greetings, in Received lines and in the certificate made at the first start. Empty: "
     "the machine's host name."},
    {"root", text{AT(root), is_absolute_path, "/var/lib/restante"},
     "The folder that holds everything. Other paths in this file that do not begin with a slash are relative to it. "
     "The option --root overrides it."},
    {"user", text{AT(user), is_account_name_or_empty, "restante"},
     "User to run as when started as root, from before anything is opened. Empty: the owner of the root folder. Root "
     "never serves, except in a trial with the option --root."},
    {"group", text{AT(group), is_account_name_or_empty, "restante"},
     "Group to run as. Empty: the user's own."},
    {"threads", number<std::size_t>{AT(site.threads), 0, threads_max},
     "Network threads. 0: one for each core."},
    {"disk_threads", number<std::size_t>{AT(site.disk_threads), 0, threads_max},
     "Threads that wait for the disk. 0: four for each core."},
    {"hash_threads", number<std::size_t>{AT(site.hash_threads), 0, threads_max},
     "Threads that hash passwords; each needs 19 MiB while it works. 0: one for each core, at most four."},
    {"watch_every", duration<milliseconds>{AT(site.watch_every), 0s, day_seconds},
     "How often to check whether the users or the certificates have changed. \"0\": never, only at a reload."},

    {"listeners.pop3", text_list{AT(listeners.pop3), is_listen_address, "[\"*:110\"]"},
     "Listeners for POP3 with STLS, such as [\"*:110\"]; each \"ADDRESS:PORT\", \"[ADDRESS6]:PORT\" or "
     "\"*:PORT\". Off by default: RFC 8314 asks for TLS from the first octet."},
    {"listeners.pop3s", text_list{AT(listeners.pop3s), is_listen_address, "[\"*:995\"]"},
     "Listeners for POP3 over TLS."},
    {"listeners.lmtp", text_list{AT(listeners.lmtp), is_listen_address_or_path, "[\"run/lmtp.sock\"]"},
     "Listeners for mail over LMTP, from an MTA: a path (a Unix socket) or an address. Only the daemon's own "
     "user reaches run/; an MTA of another user needs a path such as \"/run/restante/lmtp.sock\"."},
    {"listeners.smtp", text_list{AT(listeners.smtp), is_listen_address, "[\"*:25\"]"},
     "Listeners for mail to local domains over SMTP. Never a relay."},
    {"listeners.metrics", text{AT(listeners.metrics), is_listen_address_or_empty, "127.0.0.1:9995"},
     "Listener for /metrics (Prometheus) and /health over HTTP: a loopback address. Empty: none."},
    {"listeners.allow_plaintext", flag{AT(listeners.allow_plaintext)},
     "Whether the pop3 listeners accept passwords without TLS. For loopback and trusted networks only."},
    {"listeners.proxy_networks", text_list{AT(listeners.proxy_networks), is_network, "[\"192.0.2.0/24\"]"},
     "Load balancers whose connections begin with a PROXY header (version 1 or 2), as networks such as "
     "[\"192.0.2.0/24\"]."},
    {"listeners.socket_mode", text{AT(listeners.socket_mode), is_socket_mode, "0660"},
     "Permissions of Unix sockets. The MTA must be able to write there: share a group with it, or \"0666\"."},

    {"tls.certificate", text{AT(tls.certificate), is_path, "/etc/ssl/restante/fullchain.pem"},
     "The certificate with its chain, leaf first, PEM. "
     "Made at the first start when neither it nor the key is there and both have their default paths."},
    {"tls.key", text{AT(tls.key), is_path, "/etc/ssl/restante/privkey.pem"},
     "Its private key, PEM. Only its owner and its group may read it."},
    {"tls.names", text{AT(tls.names), is_path_or_empty, "/etc/restante/certificates"},
     "A folder of certificates for further host names: NAME/fullchain.pem with NAME/privkey.pem, or NAME.crt with "
     "NAME.key; NAME may be \"*.example.org\". Empty: none."},
    {"tls.client_ca", text{AT(tls.client_ca), is_path_or_empty, "/etc/restante/client-ca.pem"},
     "Authorities whose client certificates may log in (SASL EXTERNAL). Empty: no certificate is asked for."},
    {"tls.refuse_unknown_names", flag{AT(tls.refuse_unknown_names)},
     "Whether a client that asks for a host name without a certificate is refused, not given the default one."},

    {"auth.users", text{AT(auth.users), is_path, "/etc/restante/users"},
     "The file of users, in Dovecot's passwd-file format. Only its owner and its group may read it."},
    {"auth.mechanisms", text_list{AT(site.pop3.mechanisms), is_mechanism, "[\"SCRAM-SHA-256\", \"PLAIN\"]"},
     "SASL mechanisms offered, where the connection allows them. "
     "SCRAM-SHA-256-PLUS and SCRAM-SHA-1-PLUS bind a log-in to its TLS connection; mutt and NeoMutt cannot log in "
     "where they are offered. CRAM-MD5 may be added for users with a shared secret."},
    {"auth.apop", flag{AT(site.pop3.apop)},
     "Whether APOP is offered, for users with a shared secret. It relies on MD5, which is broken."},
    {"auth.success_cache", duration<seconds>{AT(auth.success_cache), 0s, day_seconds},
     "How long a correct password is remembered, to save hashing. A change of the users ends it. \"0\": not at all."},

    {"pop3.login_delay", duration<seconds>{AT(site.pop3.login_delay), 0s, day_seconds},
     "The minimum time between two log-ins of one user (LOGIN-DELAY). \"0\": none. "
     "login_delay=VALUE of a user overrides it."},
    {"pop3.utf8_fallback", words(AT(site.pop3.fallback), fallback_words),
     "What a client without UTF8 receives for an internationalised message (RFC 6856): "
     "\"surrogate\", a downgraded copy (RFC 6858); \"refuse\", -ERR [UTF8]; or \"as-is\", every octet as received, "
     "against the RFC."},
    {"pop3.languages", text_list{AT(site.pop3.languages), is_language, "[\"en\", \"de\"]"},
     "Languages that a client may ask for by LANG (RFC 6856), of \"en\" and \"de\"; the first is what \"LANG *\" "
     "asks for. English is spoken until then."},
    {"pop3.implementation", text{AT(site.pop3.implementation), is_implementation_or_empty, "Restante"},
     "What IMPLEMENTATION reports after log-in (RFC 2449). Empty: nothing."},
    {"pop3.bad_commands_before_login", number<unsigned>{AT(site.pop3.bad_commands_before_login), 1, 1000},
     "Bad commands before log-in after which the connection ends."},
    {"pop3.bad_commands_after_login", number<unsigned>{AT(site.pop3.bad_commands_after_login), 1, 100'000},
     "Bad commands after log-in after which the connection ends."},
    {"pop3.log_in_failures_max", number<unsigned>{AT(site.pop3.log_in_failures_max), 1, 100},
     "Failed log-ins after which the connection ends."},

    {"maildrops.folder", text{AT(mail), is_path, "/srv/mail"},
     "The folder of all maildrops: DOMAIN/LOCAL-PART/ or NAME/ in it is one Maildir. "
     "Without its marker file the disk is assumed not to be mounted, and the start is refused."},
    {"maildrops.lock", words(AT(site.maildrop.lock), lock_words),
     "\"exclusive\": one session at a time has the maildrop (RFC 1939). \"snapshot\": "
     "any number, each with its own listing. lock=VALUE of a user overrides it."},
    {"maildrops.held_for", duration<seconds>{AT(site.maildrop.held_for), 0s, 100 * year_seconds},
     "How long deleted mail can be brought back with restanted undelete. \"0\": deleted immediately. "
     "held_for=VALUE of a user overrides it."},
    {"maildrops.expire", optional_duration{AT(site.maildrop.expire)},
     "Mail that arrived longer ago is removed (EXPIRE). \"never\": it stays. expire=VALUE of a user overrides it."},
    {"maildrops.quota_octets", optional_octets{AT(site.maildrop.quota_octets)},
     "How much mail one maildrop may hold, such as \"2G\"; above it deliveries are deferred (452), and a "
     "message larger than all of it is refused permanently (552). 0: "
     "no limit. quota_octets=VALUE of a user overrides it."},
    {"maildrops.quota_messages", optional_number{AT(site.maildrop.quota_messages)},
     "How many messages one maildrop may hold. 0: no limit. quota_messages=VALUE of a user overrides it."},
    {"maildrops.quota_warning_percent", number<unsigned>{AT(site.mail_in.quota_warning_percent), 0, 99},
     "From this share of a quota on, a message in the maildrop warns its owner, once until it was below again. 0: "
     "never."},
    {"maildrops.sweep_every", duration<milliseconds>{AT(site.sweep_every), 0s, year_seconds},
     "How often each maildrop is swept of held mail past its time, expired mail and leftovers of crashes. \"0\": "
     "only by restanted sweep."},

    {"mail_in.message_octets_max", octets{AT(site.mail_in.message_octets_max), 1024},
     "The largest message accepted over LMTP, SMTP and restanted deliver (SIZE)."},
    {"mail_in.recipients_max", number<unsigned>{AT(site.mail_in.recipients_max), 100, 100'000},
     "Recipients of one message. RFC 5321 asks for at least 100."},
    {"mail_in.bad_commands_max", number<unsigned>{AT(site.mail_in.bad_commands_max), 1, 100'000},
     "Bad commands after which an LMTP or SMTP connection ends. Over SMTP unknown recipients and those in foreign "
     "domains count too."},
    {"mail_in.postmaster", text{AT(site.mail_in.postmaster), is_address_or_empty, "ann@example.org"},
     "The user who gets mail for postmaster, which RFC 5321 requires to be accepted, where there is no user or alias "
     "postmaster. Empty: it is kept in the maildrop postmaster, which restanted user add postmaster opens."},

    {"limits.connections_max", number<std::size_t>{AT(site.limits.connections_max), 1, connections_max},
     "POP3 connections in all. The limit of open files is raised to fit it, as far as the system allows."},
    {"limits.early_drop_start_percent", number<unsigned>{AT(site.limits.early_drop_start_percent), 0, 100},
     "From this share of connections_max on, connections without a log-in are dropped at random."},
    {"limits.early_drop_rate_percent", number<unsigned>{AT(site.limits.early_drop_rate_percent), 0, 100},
     "The percentage dropped at that share; it rises from there."},
    {"limits.early_drop_full_percent", number<unsigned>{AT(site.limits.early_drop_full_percent), 0, 100},
     "From this share of connections_max on, all of them are dropped."},
    {"limits.stress_percent", number<unsigned>{AT(site.limits.stress_percent), 0, 100},
     "From this share of connections_max on, the stressed deadlines apply."},
    {"limits.unauthenticated_per_address",
     number<std::size_t>{AT(site.limits.unauthenticated_per_address), 1, connections_max},
     "POP3 connections without a log-in from one address. An IPv6 /64 counts as one address; a /56 may have twice, "
     "a /48 four times, an IPv4 /24 eight times as many, but at most half of all. So it is for each share of an "
     "address here."},
    {"limits.connections_per_address",
     number<std::size_t>{AT(site.limits.connections_per_address), 1, connections_max},
     "POP3 connections from one address."},
    {"limits.sessions_per_user_and_address",
     number<std::size_t>{AT(site.limits.sessions_per_user_and_address), 1, connections_max},
     "Sessions of one user from one address."},
    {"limits.mail_in_connections_max",
     number<std::size_t>{AT(site.limits.mail_in_connections_max), 1, connections_max},
     "LMTP connections, and as many SMTP connections: each has its own limit."},
    {"limits.mail_in_connections_per_address",
     number<std::size_t>{AT(site.limits.mail_in_connections_per_address), 1, connections_max},
     "LMTP connections from one address, and as many SMTP connections. Unix sockets are not counted."},
    {"limits.exempt_networks", text_list{AT(limits.exempt_networks), is_network, "[\"192.0.2.0/24\"]"},
     "Networks never counted by address, and never delayed or refused for failed log-ins: a webmail host, a "
     "monitor, a relay that sends all mail here."},
    {"limits.failure_delay_max", duration<milliseconds>{AT(site.limits.failure_delay_max), 0s, 60s},
     "The longest delay of the reply to a failed log-in (2, 4, 8, then 15 seconds)."},
    {"limits.deliveries_per_user", number<std::size_t>{AT(site.limits.deliveries_per_user), 1, 100'000},
     "Messages delivered to one maildrop concurrently; all copies of a message count as one. More wait in turn."},
    {"limits.buffered_octets_max", octets{AT(site.limits.buffered_octets_max), 4096},
     "Commands of one connection queued in memory; above it the connection is not read."},
    {"limits.disk_queue_max", number<std::size_t>{AT(site.limits.disk_queue_max), 1, connections_max},
     "Disk jobs queued; above it the reply is \"later\"."},
    {"limits.hash_queue_max", number<std::size_t>{AT(site.limits.hash_queue_max), 1, connections_max},
     "Passwords queued for a hash thread; above it the reply is \"later\"."},

    {"deadlines.proxy_header", duration<milliseconds>{AT(site.deadlines.proxy_header), 1s, 1h},
     "For a PROXY header to arrive."},
    {"deadlines.tls_handshake", duration<milliseconds>{AT(site.deadlines.tls_handshake), 1s, 1h},
     "For a TLS handshake."},
    {"deadlines.log_in", duration<milliseconds>{AT(site.deadlines.log_in), 1s, 1h},
     "From connection to log-in, in all."},
    {"deadlines.idle", duration<milliseconds>{AT(site.deadlines.idle), 10min, day_seconds},
     "Without a command after log-in, then the session ends and nothing is deleted. "
     "RFC 1939 asks for at least ten minutes."},
    {"deadlines.mail_in_idle", duration<milliseconds>{AT(site.deadlines.mail_in_idle), 1s, day_seconds},
     "Without a command or mail over LMTP and SMTP. RFC 5321 asks for five minutes."},
    {"deadlines.mail_in_session", duration<milliseconds>{AT(site.deadlines.mail_in_session), 1s, day_seconds},
     "For a whole LMTP or SMTP session in which no message was delivered; it begins anew with each. A message that is "
     "coming in has a second more for every 500 octets."},
    {"deadlines.delivery_wait", duration<milliseconds>{AT(site.deadlines.delivery_wait), 0s, 9min},
     "For a message to wait for a maildrop with limits.deliveries_per_user deliveries running, then 451."},
    {"deadlines.write", duration<milliseconds>{AT(site.deadlines.write), 1s, 1h},
     "For the first octets of a reply to be taken; then for every 500 octets a second."},
    {"deadlines.tls_handshake_stressed",
     duration<milliseconds>{AT(site.deadlines.tls_handshake_stressed), 1s, 1h},
     "For a TLS handshake, under stress."},
    {"deadlines.log_in_stressed", duration<milliseconds>{AT(site.deadlines.log_in_stressed), 1s, 1h},
     "From connection to log-in, under stress."},
    {"deadlines.shutdown", duration<milliseconds>{AT(site.deadlines.shutdown), 0s, 1h},
     "For running commands to finish after SIGTERM."},
    {"deadlines.lock_wait", duration<milliseconds>{AT(site.deadlines.lock_wait), 0s, 60s},
     "How long a log-in waits for another session's exclusive lock, then [IN-USE]."},
    {"deadlines.lock_retry", duration<milliseconds>{AT(site.deadlines.lock_retry), 10ms, 60s},
     "How often that lock is tried meanwhile."},
    {"deadlines.lock_holder_idle",
     duration<milliseconds>{AT(site.deadlines.lock_holder_idle), 1s, day_seconds},
     "A session that holds the lock and is idle this long gives way."},

    {"log.format", words(AT(log.format), log_format_words),
     "One event is one line: key=value pairs, or JSON."},
    {"log.target", words(AT(log.target), log_target_words),
     "\"stderr\"; \"journal\": stderr with the priorities that systemd's journal reads; or \"file\"."},
    {"log.file", text{AT(log.file), is_path_or_empty, "/var/log/restante/restanted.log"},
     "The file, where the target is \"file\": a regular file or a FIFO, and no link. It is opened again at a "
     "reload, for logrotate."},
    {"log.level", words(AT(log.level), log_level_words), "The lowest severity that is logged."},
});

#undef AT

constexpr std::array headings{
    table_heading{"listeners", "Listeners. systemd's sockets named pop3, pop3s, lmtp and smtp replace them."},
    table_heading{
        "tls", "Certificates. Read again when the files change; an invalid one never replaces a valid one."},
    table_heading{"auth", "Who may log in, and how."},
    table_heading{"pop3", "How mail is served."},
    table_heading{"maildrops", "Where mail is kept, for how long, and how much of it."},
    table_heading{
        "domains",
        "Settings for the users of one domain: a table for each, its name in quotes. A key that is not "
        "given has the site's value; a field of the user's own overrides the domain's."},
    table_heading{"mail_in", "How mail is accepted."},
    table_heading{"limits", "What one client, or all together, may use."},
    table_heading{"deadlines", "How long anything may take."},
    table_heading{"log", "What is logged, and where. Never a secret, never the text of a message."},
};

} // namespace

const schema& site_schema()
{
    static const schema schema{keys_of_site, headings, "restanted.toml(5)", work_on_defaults<configuration>};
    return schema;
}

std::span<const key> site_keys()
{
    return keys_of_site;
}

std::string format_value(const key& key, const configuration& values)
{
    auto copy = values; // the places in the schema are for writing, too
    return format_value(key, &copy);
}

namespace {

constexpr std::size_t path_octets_max = 4095;          // PATH_MAX without its NUL
constexpr std::size_t socket_path_octets_max = 107;    // sun_path without its NUL, unix(7)
constexpr std::size_t account_name_octets_max = 32;    // useradd(8)
constexpr std::size_t implementation_octets_max = 400; // a CAPA line has 512 octets, RFC 2449, section 3

bool is_label(std::string_view text)
{
    return !text.empty() && text.size() <= base::domain_label_octets_max && text.front() != '-' &&
           text.back() != '-' && std::ranges::all_of(text, [](char c) {
               return base::is_letter_or_digit(c) || c == '-' || c == '_';
           });
}

bool is_printable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool holds_control(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

} // namespace

std::string is_host_name_or_empty(std::string_view text)
{
    if (text.size() > base::domain_name_octets_max) return "is longer than 253 octets";
    for (std::string_view rest = text; !rest.empty();) {
        const auto dot = rest.find('.');
        if (!is_label(rest.substr(0, dot)) || dot + 1 == rest.size()) return "is not a host name";
        rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
    return {};
}

std::string is_address_or_empty(std::string_view text)
{
    return text.empty() || auth::canonical_name(text) ? std::string() : "cannot be a user's address";
}

std::string is_absolute_path(std::string_view text)
{
    if (!text.starts_with('/')) return "is not an absolute path";
    return is_path(text);
}

std::string is_path(std::string_view text)
{
    return text.empty() ? "is empty" : is_path_or_empty(text);
}

std::string is_path_or_empty(std::string_view text)
{
    if (text.size() > path_octets_max) return "is longer than 4095 octets";
    if (holds_control(text)) return "holds control characters";
    return {};
}

std::string is_account_name_or_empty(std::string_view text)
{
    if (text.size() > account_name_octets_max) return "is longer than 32 octets";
    if (text.starts_with('-') || !std::ranges::all_of(text, [](char c) {
            return base::is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
        }))
        return "is not an account of this system";
    return {};
}

std::string is_listen_address(std::string_view text)
{
    const auto address = net::parse_listen_address(text);
    if (!address) return "is not an address to listen on: " + address.error().operator_text;
    if (!address->path.empty()) return "is a path, and this protocol is not spoken on Unix sockets";
    return {};
}

std::string is_listen_address_or_empty(std::string_view text)
{
    return text.empty() ? std::string() : is_listen_address(text);
}

std::string is_listen_address_or_path(std::string_view text)
{
    if (text.find(':') != std::string_view::npos && !text.starts_with('/')) return is_listen_address(text);
    if (text.size() > socket_path_octets_max) return "is longer than the 107 octets of a Unix socket's path";
    return is_path(text);
}

std::string is_network(std::string_view text)
{
    return net::network::parse(text) ? std::string() : "is not a network";
}

std::string is_socket_mode(std::string_view text)
{
    const bool octal = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '7'; });
    if (!octal || text.size() < 3 || text.size() > 4 || (text.size() == 4 && text.front() != '0'))
        return "is not an octal mode between 0000 and 0777";
    return {};
}

std::string is_mechanism(std::string_view text)
{
    const auto known = sasl::mechanisms();
    if (std::ranges::find(known, text) != known.end()) return {};
    std::string reason = "is not a mechanism of this server";
    if (const auto word = nearest(text, known); !word.empty())
        reason.append("; did you mean \"").append(word).append("\"?");
    return reason;
}

std::string is_language(std::string_view text)
{
    const auto known = pop3::languages();
    return std::ranges::find(known, text, &pop3::language::tag) != known.end()
               ? std::string()
               : "is not a language of this server";
}

std::string is_implementation_or_empty(std::string_view text)
{
    if (text.size() > implementation_octets_max) return "is longer than 400 octets";
    return is_printable(text) ? std::string() : "holds more than printable ASCII";
}

} // namespace config
