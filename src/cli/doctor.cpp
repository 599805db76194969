// restanted doctor: does everything around the daemon fit together? Each line ok, warning or error, with a remedy.
#include "cli/certificate_reader.hpp"
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/health/checks.hpp"
#include "cli/site.hpp"
#include "cli/terminal.hpp"
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

void append(std::vector<finding>& all, std::vector<finding> more)
{
    std::ranges::move(more, std::back_inserter(all));
}

// Whose eyes to look with: the configured user's, else those of whoever owns the root, as all commands do.
std::optional<identity> daemon_user(const configuration& values)
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
std::unique_ptr<certificate_reader> read_for(const source& from, const std::optional<identity>& whom,
                                             const configuration& values)
{
    if (!whom || !is_root()) return nullptr;
    auto started = certificate_reader::start(from, tls_settings(values), *whom);
    return started ? *std::move(started) : nullptr;
}

std::vector<finding> examine(const source& from)
{
    const auto what = read(from);
    configuration rooted;
    rooted.root = find_root(from).path;
    const auto admin_socket = admin_socket_path(rooted);
    disk::posix_file_system files;
    const base::system_clock clock;
    health::examination subject{what.values, files, clock, daemon_user(what.values),
                                health::find_daemon(admin_socket)};
    auto all = health::check_configuration(what, from.name());
    append(all, health::check_daemon(subject, admin_socket));
    if (!what.faults.empty()) return all; // values that are not meant would lead astray
    for (const auto& check : checks_as_caller) append(all, check(subject));
    const auto certificates = read_for(from, subject.user, what.values);
    if (certificates) subject.open_unreadable = certificates->opener();
    append(all, become_user(subject.user));
    append(all, health::check_surroundings(what, subject));
    for (const auto& check : checks_as_user) append(all, check(subject));
    return all;
}

std::string as_json(const finding& what)
{
    return boost::json::serialize(boost::json::object{{"name", what.name},
                                                      {"verdict", name_of(what.verdict)},
                                                      {"message", what.message},
                                                      {"remedy", what.remedy}}) +
           "\n";
}

std::string as_text(const finding& what)
{
    auto out = std::string(name_of(what.verdict));
    out.resize(9, ' '); // the longest, "warning", and a gap
    out += what.name + ": " + what.message + "\n";
    if (!what.remedy.empty()) out += "         " + what.remedy + "\n";
    return out;
}

} // namespace

int doctor(const source& from, answer_style style)
{
    const auto all = examine(from);
    for (const auto& each : all)
        if (!print(style.json ? as_json(each) : as_text(each))) return EX_IOERR;
    const auto first = std::ranges::find(all, verdict::error, &finding::verdict);
    return first == all.end() ? EX_OK : first->exit_code;
}

} // namespace cli
