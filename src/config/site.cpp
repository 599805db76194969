// From a configuration to what the post office takes: the doors, the certificates, the command line's wishes.
#include "config/site.hpp"

#include "config/schema.hpp"
#include "config/version.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

namespace config {

namespace {

using server::listener_settings;
using server::service;
using server::tls_mode;

void tell(reading& out, const std::string& key, std::string reason, std::string remedy)
{
    const auto line = out.lines.find(key);
    out.faults.push_back(
        {line == out.lines.end() ? 0 : line->second, key, std::move(reason), std::move(remedy)});
}

using address_check = std::string (*)(std::string_view);

void check_option(reading& out, const std::string& option, const std::vector<std::string>& given,
                  address_check check)
{
    for (const auto& text : given)
        if (auto reason = check(text); !reason.empty())
            tell(out, option, "\"" + text + "\" " + reason,
                 "write an address and a port, such as 127.0.0.1:9950, [::1]:9950 or *:9950");
}

bool is_loopback(const net::listen_address& address)
{
    return address.host == "localhost" || address.host == "::1" || address.host.starts_with("127.");
}

void check_doors(reading& out)
{
    const auto& doors = out.values.listeners;
    std::set<std::string_view> seen;
    std::size_t count = 0;
    for (const auto* list : {&doors.pop3, &doors.pop3s, &doors.lmtp, &doors.smtp}) {
        for (const auto& address : *list) {
            ++count;
            if (!address.ends_with(":0") && !seen.insert(address).second)
                tell(out, "listeners", "\"" + address + "\" is named twice",
                     "give each listener a place of its own");
        }
    }
    if (count == 0)
        tell(out, "listeners", "no listener is configured", "name one, such as pop3s = [\"*:995\"]");
    if (doors.allow_plaintext && doors.pop3.empty())
        tell(out, "listeners.allow_plaintext", "is on, but no pop3 listener is configured",
             "name one in listeners.pop3, or turn it off");
}

void check_metrics(reading& out)
{
    const auto& text = out.values.listeners.metrics;
    const auto address = net::parse_listen_address(text);
    if (!text.empty() && address && !is_loopback(*address))
        tell(out, "listeners.metrics", "\"" + text + "\" is not on the loopback",
             "write 127.0.0.1:PORT or [::1]:PORT; metrics are for this machine, a proxy may hand them on");
}

// One kind of door: the name that the configuration and systemd give it, and what it is to the post office.
struct door {
    std::string_view name;
    service protocol;
    tls_mode tls;
    const std::vector<std::string>& places;
};

listener_settings listener(const configuration& config, const door& kind, bool is_socket_file)
{
    listener_settings out;
    out.service = kind.protocol;
    out.tls = is_socket_file ? tls_mode::none : kind.tls; // nobody listens in on a Unix socket
    out.plaintext_allowed = kind.name == "pop3" && config.listeners.allow_plaintext;
    out.socket_mode = static_cast<unsigned>(std::stoul(config.listeners.socket_mode, nullptr, 8));
    if (!is_socket_file)
        for (const auto& network : config.listeners.proxy_networks)
            if (auto parsed = net::network::parse(network)) out.proxy_networks.push_back(*parsed);
    return out;
}

void add_listeners(const configuration& config, const door& kind, std::span<const inherited_socket> inherited,
                   std::vector<listener_settings>& listeners)
{
    const auto begin = listeners.size();
    for (const auto& socket : inherited) {
        if (socket.name != kind.name) continue;
        auto& added = listeners.emplace_back(listener(config, kind, socket.local));
        added.inherited_descriptor = socket.descriptor;
        added.address.text = "systemd:" + socket.name;
    }
    if (listeners.size() > begin) return;
    for (const auto& place : kind.places) {
        const bool is_path = place.starts_with('/') || place.find(':') == std::string::npos;
        auto& added = listeners.emplace_back(listener(config, kind, is_path));
        if (auto address = net::parse_listen_address(is_path ? in_root(config, place) : place))
            added.address = *std::move(address);
    }
}

std::string own_host_name()
{
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

} // namespace

void apply(const overrides& wishes, reading& onto)
{
    auto& values = onto.values;
    auto& doors = values.listeners;
    if (wishes.root) {
        values.root = *wishes.root;
        onto.lines.erase("root");
        if (auto reason = is_absolute_path(*wishes.root); !reason.empty())
            tell(onto, "--root", "\"" + *wishes.root + "\" " + reason,
                 "write a path that begins with a slash");
    }
    if (!wishes.pop3.empty() || !wishes.pop3s.empty() || !wishes.lmtp.empty() || !wishes.smtp.empty() ||
        !wishes.metrics.empty()) {
        doors.pop3 = wishes.pop3;
        doors.pop3s = wishes.pop3s;
        doors.lmtp = wishes.lmtp;
        doors.smtp = wishes.smtp;
        doors.metrics = wishes.metrics;
        doors.allow_plaintext = doors.allow_plaintext && !doors.pop3.empty();
        for (const auto* key : {"pop3", "pop3s", "lmtp", "smtp", "metrics", "allow_plaintext"})
            onto.lines.erase("listeners." + std::string(key));
    }
    if (wishes.allow_plaintext) doors.allow_plaintext = true;
    check_option(onto, "--pop3", wishes.pop3, is_listen_address);
    check_option(onto, "--pop3s", wishes.pop3s, is_listen_address);
    check_option(onto, "--lmtp", wishes.lmtp, is_listen_address_or_path);
    check_option(onto, "--smtp", wishes.smtp, is_listen_address);
    if (!wishes.metrics.empty()) check_option(onto, "--metrics", {wishes.metrics}, is_listen_address);
}

void check_together(reading& out)
{
    const auto& values = out.values;
    check_doors(out);
    check_metrics(out);
    if (!values.group.empty() && values.user.empty())
        tell(out, "group", "is set, but user is not", "set user too, or remove group");
    if ((values.log.target == log_target::file) != !values.log.file.empty())
        tell(out, values.log.file.empty() ? "log.target" : "log.file",
             values.log.file.empty() ? "is \"file\", but log.file is empty"
                                     : "is set, but log.target is not \"file\"",
             "set log.target = \"file\" and log.file together");
    if (values.site.pop3.languages.empty())
        tell(out, "pop3.languages", "is empty", "name at least one language, such as [\"en\"]");
    const auto& limits = values.site.limits;
    if (limits.early_drop_start_percent > limits.early_drop_full_percent)
        tell(out, "limits.early_drop_start_percent", "is above early_drop_full_percent",
             "let it begin at or below the share where all are dropped");
    put_in_order(out.faults);
}

std::string admin_socket_path(const configuration& config)
{
    return in_root(config, "run/admin.sock");
}

std::vector<std::string> keys_for_restart(const configuration& before, const configuration& now)
{
    std::vector<std::string> out;
    const auto compare = [&out](const auto& value, const auto& other, const char* key) {
        if (value != other) out.emplace_back(key);
    };
    compare(before.user, now.user, "user");
    compare(before.group, now.group, "group");
    compare(before.mail, now.mail, "maildrops.folder");
    compare(before.auth.users, now.auth.users, "auth.users");
    compare(before.auth.success_cache, now.auth.success_cache, "auth.success_cache");
    return out;
}

server::settings site_settings(const configuration& config, std::span<const inherited_socket> inherited)
{
    auto out = config.site;
    out.host_name = config.host_name.empty() ? own_host_name() : config.host_name;
    out.version = version;
    out.admin_socket_path = admin_socket_path(config);
    out.tls = tls_files(config);
    if (!config.listeners.metrics.empty())
        if (auto address = net::parse_listen_address(config.listeners.metrics))
            out.metrics = *std::move(address);
    for (const auto& network : config.limits.exempt_networks)
        if (auto parsed = net::network::parse(network)) out.limits.exempt_networks.push_back(*parsed);
    const auto& doors = config.listeners;
    for (const auto& kind : {door{"pop3", service::pop3, tls_mode::start_tls, doors.pop3},
                             door{"pop3s", service::pop3, tls_mode::implicit, doors.pop3s},
                             door{"lmtp", service::lmtp, tls_mode::start_tls, doors.lmtp},
                             door{"smtp", service::smtp, tls_mode::start_tls, doors.smtp}})
        add_listeners(config, kind, inherited, out.listeners);
    return out;
}

namespace {

// Mail coming in, by LMTP and by SMTP: its socket, and the file and the folders of a copy that is written.
constexpr std::uint64_t files_of_mail_in = 4;
// Listeners, logs, the users, what pools have open, the operator's sockets.
constexpr std::uint64_t files_of_the_rest = 1024;

std::uint64_t open_files_besides_sessions(const server::limit_settings& limits)
{
    return 2 * limits.mail_in_connections_max * files_of_mail_in + files_of_the_rest;
}

} // namespace

std::uint64_t open_files_wanted(const configuration& config)
{
    // A POP3 session: its socket, the maildrop with new/ and cur/, its lock, and the message that it reads.
    constexpr std::uint64_t files_of_a_session = 6;
    const auto& limits = config.site.limits;
    return limits.connections_max * files_of_a_session + open_files_besides_sessions(limits);
}

void share_open_files(server::limit_settings& limits, const configuration& config, std::uint64_t open_files)
{
    if (open_files >= open_files_wanted(config)) return;
    // Where the limit is very low, a third for mail that comes in, and a third for the rest.
    const auto mail_in = std::min(2 * limits.mail_in_connections_max * files_of_mail_in, open_files / 3);
    const auto rest = std::min(files_of_the_rest, open_files / 3);
    limits.mail_in_connections_max = std::max<std::size_t>(1, mail_in / (2 * files_of_mail_in));
    limits.open_files_of_sessions = open_files - mail_in - rest;
}

server::tls_files tls_files(const configuration& config)
{
    const auto placed = [&](const std::string& path) { return path.empty() ? path : in_root(config, path); };
    server::tls_files out;
    out.certificate = {placed(config.tls.certificate), placed(config.tls.key)};
    out.names_folder = placed(config.tls.names);
    out.client_ca_path = placed(config.tls.client_ca);
    out.refuse_unknown_names = config.tls.refuse_unknown_names;
    return out;
}

} // namespace config
