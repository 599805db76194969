// From a configuration to what the post office takes: the doors, the certificates, the command line's wishes.
#include "cli/site.hpp"

#include "cli/schema_checks.hpp"
#include "cli/version.hpp"

#include <unistd.h>

#include <algorithm>
#include <set>

namespace cli {

namespace {

using server::listener_settings;
using server::service;
using server::tls_mode;

void tell(reading& into, const std::string& key, std::string reason, std::string remedy)
{
    const auto line = into.lines.find(key);
    into.faults.push_back(
        {line == into.lines.end() ? 0 : line->second, key, std::move(reason), std::move(remedy)});
}

using address_check = std::string (*)(std::string_view);

void check_option(reading& into, const std::string& option, const std::vector<std::string>& given,
                  address_check check)
{
    for (const auto& text : given)
        if (auto reason = check(text); !reason.empty())
            tell(into, option, "\"" + text + "\" " + reason,
                 "write an address and a port, such as 127.0.0.1:9950, [::1]:9950 or *:9950");
}

bool is_loopback(const net::listen_address& address)
{
    return address.host == "localhost" || address.host == "::1" || address.host.starts_with("127.");
}

void check_doors(reading& into)
{
    const auto& doors = into.values.listeners;
    std::set<std::string_view> seen;
    std::size_t count = 0;
    for (const auto* list : {&doors.pop3, &doors.pop3s, &doors.lmtp, &doors.smtp}) {
        for (const auto& address : *list) {
            ++count;
            if (!address.ends_with(":0") && !seen.insert(address).second)
                tell(into, "listeners", "\"" + address + "\" is named twice",
                     "give each listener a place of its own");
        }
    }
    if (count == 0) tell(into, "listeners", "no listener is named", "name one, such as pop3s = [\"*:995\"]");
    if (doors.allow_plaintext && doors.pop3.empty())
        tell(into, "listeners.allow_plaintext", "is on, but no pop3 listener is named",
             "name one in listeners.pop3, or turn it off");
}

void check_metrics(reading& into)
{
    const auto& text = into.values.listeners.metrics;
    const auto address = net::parse_listen_address(text);
    if (!text.empty() && address && !is_loopback(*address))
        tell(into, "listeners.metrics", "\"" + text + "\" is not on the loopback",
             "write 127.0.0.1:PORT or [::1]:PORT; metrics are for this machine, a proxy may hand them on");
}

// What is said of a listener by all of its kind.
listener_settings listener(const configuration& of, service what, tls_mode tls, std::string_view text)
{
    listener_settings out;
    out.service = what;
    const bool is_path = text.find(':') == std::string_view::npos || text.starts_with('/');
    const auto place = is_path ? in_root(of, text) : std::string(text);
    if (auto address = net::parse_listen_address(place)) out.address = *std::move(address);
    out.tls = is_path ? tls_mode::none : tls;
    out.plaintext_allowed =
        what == service::pop3 && tls == tls_mode::start_tls && of.listeners.allow_plaintext;
    out.socket_mode = static_cast<unsigned>(std::stoul(of.listeners.socket_mode, nullptr, 8));
    if (!is_path)
        for (const auto& network : of.listeners.proxy_networks)
            if (auto parsed = net::network::parse(network)) out.proxy_networks.push_back(*parsed);
    return out;
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

void check_together(reading& into)
{
    const auto& values = into.values;
    check_doors(into);
    check_metrics(into);
    if (!values.group.empty() && values.user.empty())
        tell(into, "group", "is set, but user is not", "set user too, or remove group");
    if ((values.log.target == log_target::file) != !values.log.file.empty())
        tell(into, values.log.file.empty() ? "log.target" : "log.file",
             values.log.file.empty() ? "is \"file\", but log.file is empty"
                                     : "is set, but log.target is not \"file\"",
             "set log.target = \"file\" and log.file together");
    const auto& limits = values.site.limits;
    if (limits.early_drop_start_percent > limits.early_drop_full_percent)
        tell(into, "limits.early_drop_start_percent", "is above early_drop_full_percent",
             "let it begin at or below the share where all are dropped");
    std::ranges::stable_sort(into.faults, {}, &fault::line);
}

std::string admin_socket_path(const configuration& of)
{
    return in_root(of, "run/admin.sock");
}

server::settings site_settings(const configuration& of)
{
    auto out = of.site;
    out.host_name = of.host_name.empty() ? own_host_name() : of.host_name;
    out.version = version;
    out.admin_socket_path = admin_socket_path(of);
    out.tls = tls_settings(of);
    if (!of.listeners.metrics.empty())
        if (auto address = net::parse_listen_address(of.listeners.metrics)) out.metrics = *std::move(address);
    const auto add = [&](const std::vector<std::string>& places, service what, tls_mode tls) {
        for (const auto& place : places) out.listeners.push_back(listener(of, what, tls, place));
    };
    add(of.listeners.pop3, service::pop3, tls_mode::start_tls);
    add(of.listeners.pop3s, service::pop3, tls_mode::implicit);
    add(of.listeners.lmtp, service::lmtp, tls_mode::start_tls);
    add(of.listeners.smtp, service::smtp, tls_mode::start_tls);
    return out;
}

net::tls_settings tls_settings(const configuration& of)
{
    const auto placed = [&](const std::string& path) { return path.empty() ? path : in_root(of, path); };
    net::tls_settings out;
    out.certificate = {placed(of.tls.certificate), placed(of.tls.key)};
    out.names_folder = placed(of.tls.names);
    out.client_ca_path = placed(of.tls.client_ca);
    out.refuse_unknown_names = of.tls.refuse_unknown_names;
    return out;
}

} // namespace cli
