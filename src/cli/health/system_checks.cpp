// restanted doctor: the daemon, the clock, the open files.
#include "cli/health/checks.hpp"
#include "cli/open_files.hpp"
#include "cli/root.hpp"
#include "cli/site.hpp"
#include "cli/version.hpp"
#include "server/admin_client.hpp"

#include <boost/json.hpp>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include <array>

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
    return out;
}

std::vector<finding> check_daemon(const examination& subject, const std::string& admin_socket)
{
    if (!subject.daemon)
        return {{"daemon", verdict::warning, "no daemon answers on " + admin_socket,
                 "start it: systemctl start restanted, or restanted serve; ask as root or as its user"}};
    const auto& answering = subject.daemon->version;
    if (answering != version)
        return {{"daemon", verdict::warning,
                 "the daemon is version " + answering + ", this program " + std::string(version),
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
    for (const auto& path : {subject.values.root, in_root(subject.values, subject.values.mail),
                             in_root(subject.values, subject.values.auth.users)})
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
    const auto needed = open_files_wanted(subject.values);
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
