// restanted check: is this configuration good?
#include "auth/users_file.hpp"
#include "cli/advice.hpp"
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/domain_keys.hpp"
#include "cli/inspection.hpp"
#include "cli/root.hpp"
#include "cli/schema.hpp"
#include "cli/site.hpp"
#include "cli/terminal.hpp"
#include "disk/posix.hpp"
#include "server/recipient_routes.hpp"

#include <sysexits.h>

namespace cli {

namespace {

std::string as_configuration(const configuration& of)
{
    std::string out;
    std::string_view table_before;
    for (const auto& each : schema()) {
        const auto dot = each.path.find('.');
        const auto in_table = dot == std::string_view::npos ? std::string_view() : each.path.substr(0, dot);
        if (in_table != table_before) out.append("\n[").append(in_table).append("]\n");
        table_before = in_table;
        const auto name = dot == std::string_view::npos ? each.path : each.path.substr(dot + 1);
        out.append(name).append(" = ").append(format_value(each, of)).append("\n");
    }
    return out + format_domains(of);
}

std::string doors(const configuration& of)
{
    std::string out;
    const auto add = [&](std::string_view name, const std::vector<std::string>& places) {
        for (const auto& place : places) out.append("  ").append(name).append(" ").append(place).append("\n");
    };
    add("pop3", of.listeners.pop3);
    add("pop3s", of.listeners.pop3s);
    add("lmtp", of.listeners.lmtp);
    add("smtp", of.listeners.smtp);
    if (!of.listeners.metrics.empty()) add("metrics", {of.listeners.metrics});
    return out;
}

// Mail that nobody can read is no fault, but nobody wants it either (RFC 5321, section 4.5.1).
std::string postmaster_notice(const configuration& of, disk::file_system& files)
{
    if (of.listeners.smtp.empty() && of.listeners.lmtp.empty()) return {};
    const auto [folder, name] = split_path(in_root(of, of.auth.users));
    const auto directory = files.open(folder);
    if (!directory) return {};
    auth::users_file users(**directory, name);
    if (!users.load()) return {};
    const auto unread = server::postmaster_unread(users, site_settings(of));
    if (!unread || !*unread) return {};
    return "note: nobody reads mail for postmaster, which must always be taken; it is kept in the maildrop postmaster. "
           "Name a user in mail_in.postmaster, or run: restanted user add postmaster\n";
}

} // namespace

int check(const source& from, bool show)
{
    auto what = read(from);
    disk::posix_file_system files;
    for (auto& each : inspect(what, files, base::system_clock().now()))
        what.faults.push_back(std::move(each));
    print_faults(what.faults, from.name());
    if (!what.faults.empty()) {
        complain(from.name() + ": " + std::to_string(what.faults.size()) +
                 (what.faults.size() == 1 ? " fault" : " faults"));
        return EX_CONFIG;
    }
    const auto notice = postmaster_notice(what.values, files);
    for (const auto& line : advice(what.values, files)) complain(from.name() + ": warning: " + line);
    print(show ? as_configuration(what.values)
               : from.name() + " is good. A start with the root " + what.values.root + " would open:\n" +
                     doors(what.values) + notice);
    return EX_OK;
}

} // namespace cli
