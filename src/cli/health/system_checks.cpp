// restanted doctor: the daemon, the clock, the open files.
#include "cli/health/checks.hpp"
#include "cli/root.hpp"
#include "config/site.hpp"
#include "config/version.hpp"
#include "server/admin_client.hpp"

#include <boost/json.hpp>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cli::health {

namespace {

constexpr std::chrono::hours clock_tolerance{1}; // of files that another machine may have written

// The last change of a file; nothing where it is not there.
std::optional<base::wall_time> modified(const std::string& path)
{
    struct stat found{};
    if (stat(path.c_str(), &found) != 0) return std::nullopt;
    return std::chrono::system_clock::from_time_t(found.st_mtime);
}

std::uint64_t open_files_allowed()
{
    rlimit limit{};
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 0;
}

} // namespace

namespace {

// What each key of [listeners] is to the post office, as `status` names them.
std::optional<server::listener_settings> listener_of(std::string_view key)
{
    using server::service;
    using server::tls_mode;
    server::listener_settings out;
    out.tls = key == "pop3s" ? tls_mode::implicit : tls_mode::start_tls;
    if (key == "lmtp")
        out.service = service::lmtp;
    else if (key == "smtp")
        out.service = service::smtp;
    else if (key == "pop3" || key == "pop3s")
        out.service = service::pop3;
    else
        return std::nullopt;
    return out;
}

void add_listeners(const boost::json::array& listeners, running_daemon& daemon)
{
    daemon.listeners.emplace();
    for (const auto& entry : listeners) {
        const auto& row = entry.is_object() ? entry.get_object() : boost::json::object();
        const auto* key = row.if_contains("listener");
        const auto* place = row.if_contains("address");
        if (key == nullptr || place == nullptr || !key->is_string() || !place->is_string()) continue;
        const auto address = net::parse_listen_address(place->get_string());
        if (!address) continue;
        if (key->get_string() == "metrics") daemon.metrics = *address;
        auto listener = listener_of(key->get_string());
        if (!listener) continue;
        listener->address = *address;
        daemon.listeners->push_back(*std::move(listener));
    }
}

} // namespace

std::optional<running_daemon> find_daemon(const std::string& admin_socket)
{
    const auto answer = server::admin_request(admin_socket, "status");
    if (!answer) return std::nullopt;
    boost::json::error_code wrong;
    const auto parsed = boost::json::parse(*answer, wrong);
    if (wrong || !parsed.is_object()) return std::nullopt;
    running_daemon out;
    if (const auto* said = parsed.as_object().if_contains("version"); said != nullptr && said->is_string())
        out.version = said->get_string();
    if (const auto* limit = parsed.as_object().if_contains("open_files_limit");
        limit != nullptr && limit->is_int64())
        out.open_files_limit = static_cast<std::uint64_t>(limit->get_int64());
    if (const auto* refused = parsed.as_object().if_contains("certificate_refused");
        refused != nullptr && refused->is_bool())
        out.certificate_refused = refused->get_bool();
    if (const auto* listeners = parsed.as_object().if_contains("listeners");
        listeners != nullptr && listeners->is_array())
        add_listeners(listeners->get_array(), out);
    return out;
}

std::vector<finding> check_daemon(const examination& subject, const std::string& admin_socket)
{
    if (!subject.daemon && access(admin_socket.c_str(), W_OK) != 0 && errno == EACCES)
        return {{"daemon", verdict::warning,
                 "cannot tell whether it runs: " + admin_socket + " is not accessible to you",
                 "run doctor as root"}};
    if (!subject.daemon && subject.first_start)
        return {{"daemon", verdict::warning, "not running: nothing was started here yet",
                 "start it: systemctl start restanted, or restanted serve"}};
    if (!subject.daemon)
        return {
            {"daemon", verdict::error, "not running: nobody answers on " + admin_socket,
             "start it: systemctl start restanted, or restanted serve; journalctl -u restanted says why it ended",
             EX_UNAVAILABLE}};
    const auto& answering = subject.daemon->version;
    if (answering != config::version)
        return {{"daemon", verdict::warning,
                 "the daemon is version " + answering + ", this program " + std::string(config::version),
                 "systemctl restart restanted"}};
    return {{"daemon", verdict::ok, "version " + answering + " answers"}};
}

std::vector<finding> check_clock(const examination& subject)
{
    const std::string remedy =
        "set the clock and keep it set (systemd-timesyncd, chrony): dates decide what expires";
    const auto now = subject.clock.now();
    if (const auto built = modified("/proc/self/exe"); built && now + clock_tolerance < *built)
        return {{"clock", verdict::error, "the clock is before the time at which this program was installed",
                 remedy, EX_OSERR}};
    for (const auto& path : {subject.values.root, config::in_root(subject.values, subject.values.mail),
                             config::in_root(subject.values, subject.values.auth.users)})
        if (const auto changed = modified(path); changed && now + clock_tolerance < *changed)
            return {{"clock", verdict::error, path + " was changed in the future, by this machine's clock",
                     remedy, EX_OSERR}};
    timex state{};
    if (adjtimex(&state) == TIME_ERROR)
        return {{"clock", verdict::warning, "the clock is plausible, but nothing keeps it set", remedy}};
    return {{"clock", verdict::ok, "the clock is plausible and kept set"}};
}

std::vector<finding> check_open_files(const examination& subject)
{
    const auto needed = config::open_files_wanted(subject.values);
    const auto limit = subject.daemon && subject.daemon->open_files_limit ? *subject.daemon->open_files_limit
                                                                          : open_files_allowed();
    const auto both = std::to_string(limit) + " open files allowed, " + std::to_string(needed) +
                      " wanted for " + std::to_string(subject.values.site.limits.connections_max) +
                      " connections";
    if (limit >= needed) return {{"open files", verdict::ok, both}};
    return {{"open files", verdict::warning, both,
             "raise LimitNOFILE= of the unit, or lower limits.connections_max"}};
}

} // namespace cli::health
