// restanted check: is this configuration good?
#include "auth/users_file.hpp"
#include "base/open_files.hpp"
#include "cli/certificate_reader.hpp"
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/disk_certificates.hpp"
#include "cli/inspection.hpp"
#include "cli/process.hpp"
#include "cli/root.hpp"
#include "cli/terminal.hpp"
#include "config/domain_keys.hpp"
#include "config/schema.hpp"
#include "config/site.hpp"
#include "disk/posix.hpp"
#include "net/tls/context.hpp"
#include "server/recipients.hpp"

#include <sysexits.h>

#include <chrono>

namespace cli {

namespace {

std::string as_configuration(const config::configuration& configuration)
{
    std::string out;
    std::string_view table_before;
    for (const auto& key : config::site_keys()) {
        const auto dot = key.path.find('.');
        const auto in_table = dot == std::string_view::npos ? std::string_view() : key.path.substr(0, dot);
        if (in_table != table_before) out.append("\n[").append(in_table).append("]\n");
        table_before = in_table;
        const auto name = dot == std::string_view::npos ? key.path : key.path.substr(dot + 1);
        out.append(name).append(" = ").append(config::format_value(key, configuration)).append("\n");
    }
    return out + config::format_domains(configuration);
}

std::string doors(const config::configuration& configuration)
{
    std::string out;
    const auto add = [&](std::string_view name, const std::vector<std::string>& places) {
        for (const auto& place : places) out.append("  ").append(name).append(" ").append(place).append("\n");
    };
    add("pop3", configuration.listeners.pop3);
    add("pop3s", configuration.listeners.pop3s);
    add("lmtp", configuration.listeners.lmtp);
    add("smtp", configuration.listeners.smtp);
    if (!configuration.listeners.metrics.empty()) add("metrics", {configuration.listeners.metrics});
    return out;
}

// Mail that nobody can read is no fault, but nobody wants it either (RFC 5321, section 4.5.1).
std::string postmaster_notice(const config::configuration& configuration, disk::file_system& files)
{
    if (configuration.listeners.smtp.empty() && configuration.listeners.lmtp.empty()) return {};
    const auto [folder, name] = split_path(config::in_root(configuration, configuration.auth.users));
    const auto directory = files.open(folder);
    if (!directory) return {};
    auth::users_file users(**directory, name);
    if (!users.load()) return {};
    const auto unread = server::postmaster_unread(users, config::site_settings(configuration));
    if (!unread || !*unread) return {};
    return "note: nobody reads mail for postmaster, which must always be taken; it is kept in the maildrop postmaster. "
           "Name a user in mail_in.postmaster, or run: restanted user add postmaster\n";
}

// A start serves them all the same, as clients may have been told to trust them.
void warn_of_certificates(const config::configuration& values, const disk::file_opener& opener,
                          std::vector<std::string>& warnings)
{
    constexpr std::chrono::days near{14}; // as the daemon's log
    const auto now = base::system_clock().now();
    const auto contents = disk_certificates(opener).read(config::tls_files(values));
    const auto loaded = net::tls_context::load(contents, {}, now);
    if (!loaded) return; // told as a fault, or made by the first start
    for (const auto& certificate : (*loaded)->certificates()) {
        const auto left = std::chrono::floor<std::chrono::days>(certificate.valid_until - now);
        if (certificate.valid_until <= now)
            warnings.push_back("tls: " + certificate.path + " has expired; renew it: clients refuse it");
        else if (left < near)
            warnings.push_back("tls: " + certificate.path + " ends in " + std::to_string(left.count()) +
                               " days; renew it: clients refuse an expired certificate");
    }
}

/// With the rights that the daemon will have: what root can read says nothing of what the daemon can.
void inspect_as_serve_would(config::reading& reading, const source& origin,
                            std::vector<std::string>& warnings)
{
    std::unique_ptr<certificate_reader> certificates;
    const auto whom = serving_identity(reading.values, origin);
    if (whom && *whom && is_root()) {
        auto started = certificate_reader::start(origin, config::tls_files(reading.values), **whom);
        if (started) certificates = *std::move(started);
        const auto file = origin.file_to_read();
        if (const auto done = become(**whom); !done)
            reading.faults.push_back({0, "user", done.error().operator_text, "then check again"});
        else if (auto closed = configuration_closed(file); closed)
            reading.faults.push_back(*std::move(closed));
    }
    disk::posix_file_system files;
    const auto opener = certificates ? certificates->opener() : disk::file_opener();
    for (auto& fault : inspect(reading, files, base::system_clock().now(), opener))
        reading.faults.push_back(std::move(fault));
    if (reading.faults.empty()) warn_of_certificates(reading.values, opener, warnings);
    if (!whom && reading.values.user.empty())
        reading.faults.push_back({0, "user", whom.error().operator_text, "then check again"});
}

void warn_of_open_files(const config::configuration& values)
{
    const auto wanted = config::open_files_wanted(values);
    const auto limit = base::open_files_limit();
    if (limit >= wanted) return;
    complain("warning: limits.connections_max = " + std::to_string(values.site.limits.connections_max) +
             " can take " + std::to_string(wanted) + " open files, and the limit here is " +
             std::to_string(limit) + ": raise LimitNOFILE= of the unit, or ulimit -n, or lower the key");
}

} // namespace

int check(const source& origin, bool show)
{
    auto reading = read(origin);
    const auto name = origin.name(); // before the way to the file may be closed
    if (!origin.file_to_read() && !origin.wishes.root)
        complain("note: " + std::string(default_configuration_path) +
                 " is not there, so this checks the command line and the defaults; "
                 "packaging/restanted.toml.sample is one to begin with");
    std::vector<std::string> warnings;
    inspect_as_serve_would(reading, origin, warnings);
    print_faults(reading.faults, name);
    if (!reading.faults.empty()) {
        complain(name + ": " + std::to_string(reading.faults.size()) +
                 (reading.faults.size() == 1 ? " fault" : " faults"));
        return EX_CONFIG;
    }
    disk::posix_file_system files;
    const auto notice = postmaster_notice(reading.values, files);
    for (const auto& line : advice(reading.values, files)) complain(name + ": warning: " + line);
    for (const auto& line : warnings) complain(name + ": warning: " + line);
    warn_of_open_files(reading.values);
    print(show ? as_configuration(reading.values)
               : name + " is good. A start with the root " + reading.values.root + " would open:\n" +
                     doors(reading.values) + notice);
    return EX_OK;
}

} // namespace cli
