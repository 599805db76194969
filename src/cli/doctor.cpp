// restanted doctor: does everything around the daemon fit together? Each line ok, warning or error, with a remedy.
#include "cli/certificate_reader.hpp"
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/health/checks.hpp"
#include "cli/root.hpp"
#include "cli/terminal.hpp"
#include "config/site.hpp"
#include "disk/posix.hpp"

#include <boost/json.hpp>
#include <sysexits.h>

#include <algorithm>
#include <array>

namespace cli {

namespace {

using health::finding;
using health::verdict;

// Root may bind to low ports and become Postfix, and would see nothing of what the daemon's user may not read: so
// first what only root can look at, then the rest as that user.
constexpr std::array<health::check, 2> checks_as_caller{health::check_listeners, health::check_mail_transfer};
constexpr std::array<health::check, 9> checks_as_user{
    health::check_users,      health::check_folders,     health::check_mail_folder,
    health::check_space,      health::check_certificate, health::check_clock,
    health::check_open_files, health::check_host_name,   health::check_service_records};

void append(std::vector<finding>& findings, std::vector<finding> more)
{
    std::ranges::move(more, std::back_inserter(findings));
}

// Whose eyes to look with: the configured user's, else those of whoever owns the root, as all commands do.
std::optional<identity> daemon_user(const config::configuration& values)
{
    const auto configured = find_identity(values.user, values.group);
    if (configured && *configured) return *configured;
    return owner_of(values.root);
}

std::vector<finding> become_user(const std::optional<identity>& whom)
{
    if (!whom) return {};
    if (const auto done = become(*whom); !done)
        return {{"user", verdict::warning,
                 "what follows holds for you, not for the daemon's user " + whom->name, "run doctor as root",
                 EX_NOPERM}};
    return {{"user", verdict::ok, "what follows is seen as the user " + whom->name}};
}

// What serves certificates to the daemon that root starts; none where the caller is not root.
std::unique_ptr<certificate_reader> read_for(const source& origin, const std::optional<identity>& whom,
                                             const config::configuration& values)
{
    if (!whom || !is_root()) return nullptr;
    auto started = certificate_reader::start(origin, config::tls_files(values), *whom);
    return started ? *std::move(started) : nullptr;
}

bool names_listeners(const config::reading& reading)
{
    return std::ranges::any_of(reading.lines,
                               [](const auto& line) { return line.first.starts_with("listeners."); });
}

// Where no listener is named, the defaults are not what a daemon has that was started with others on its command line.
config::configuration::listener_values no_listeners()
{
    config::configuration::listener_values out;
    out.pop3.clear();
    out.pop3s.clear();
    out.lmtp.clear();
    out.smtp.clear();
    out.metrics.clear();
    return out;
}

std::vector<finding> examine(const source& origin)
{
    auto reading = read(origin);
    config::configuration rooted;
    rooted.root = find_root(origin).path;
    const auto admin_socket = config::admin_socket_path(rooted);
    disk::posix_file_system files;
    const base::system_clock clock;
    health::examination subject{reading.values, files, clock, daemon_user(reading.values),
                                health::find_daemon(admin_socket)};
    if (subject.daemon && subject.daemon->listeners && !names_listeners(reading))
        reading.values.listeners = no_listeners();
    const auto state = look_at_mail_folder(reading.values, files);
    subject.first_start = state && *state == mail_folder_state::first_start;
    auto findings = health::check_configuration(reading, origin.name());
    const auto daemon = health::check_daemon(subject, admin_socket);
    if (!reading.faults.empty()) { // values that are not meant would lead astray
        append(findings, daemon);
        return findings;
    }
    for (const auto& check : checks_as_caller) append(findings, check(subject));
    const auto certificates = read_for(origin, subject.user, reading.values);
    if (certificates) subject.open_unreadable = certificates->opener();
    const auto file = origin.file_to_read();
    append(findings, become_user(subject.user));
    if (const auto closed = configuration_closed(file); closed)
        append(findings, {{"configuration", verdict::error, closed->reason, closed->remedy, EX_NOPERM}});
    append(findings, health::check_surroundings(reading, subject));
    for (const auto& check : checks_as_user) append(findings, check(subject));
    append(findings,
           daemon); // that it is down follows from what is above: the exit code is the first error's
    return findings;
}

std::string as_json(const finding& result)
{
    return boost::json::serialize(boost::json::object{{"name", result.name},
                                                      {"verdict", name_of(result.verdict)},
                                                      {"message", result.message},
                                                      {"remedy", result.remedy}}) +
           "\n";
}

std::string as_text(const finding& result)
{
    auto out = std::string(name_of(result.verdict));
    out.resize(9, ' '); // the longest, "warning", and a gap
    out += result.name + ": " + result.message + "\n";
    if (!result.remedy.empty()) out += "         " + result.remedy + "\n";
    return out;
}

} // namespace

int doctor(const source& origin, answer_style style)
{
    const auto findings = examine(origin);
    for (const auto& result : findings)
        if (!(style.json ? print_octets(as_json(result)) : print(as_text(result)))) return EX_IOERR;
    const auto first = std::ranges::find(findings, verdict::error, &finding::verdict);
    return first == findings.end() ? EX_OK : first->exit_code;
}

} // namespace cli
