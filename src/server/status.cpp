// The state of the post office in one JSON object.
#include "server/status.hpp"

#include <boost/json.hpp>
#include <sys/resource.h>

#include <chrono>

namespace server {

namespace {

std::uint64_t open_files_limit()
{
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? std::uint64_t{limit.rlim_cur} : 0;
}

} // namespace

std::string status_json(const office& shared, base::steady_time begun)
{
    const auto present = shared.present_site.get();
    const auto uptime =
        std::chrono::duration_cast<std::chrono::seconds>(shared.with.clock.steady_now() - begun);
    boost::json::object sessions;
    for (const auto& [where, count] : shared.sessions.count_by_phase()) sessions[name_of(where)] = count;
    boost::json::object out{
        {"ok", true},
        {"version", present->settings.version},
        {"host_name", present->settings.host_name},
        {"uptime_seconds", uptime.count()},
        {"stopping", shared.stopping.load()},
        {"sessions", std::move(sessions)},
        {"pop3_connections", shared.pop3_connections.total()},
        {"pop3_unauthenticated", shared.pop3_connections.unauthenticated()},
        {"mail_in_connections", shared.lmtp_connections.total() + shared.smtp_connections.total()},
        {"disk_queue", shared.disk_pool.queued()},
        {"hash_queue", shared.hash_queue.queued()},
        {"open_files_limit", open_files_limit()},
        {"log_lines_dropped", shared.log_lines_dropped()}};
    if (present->pop3_tls) out["certificate_refused"] = shared.certificate_refused.load();
    if (present->pop3_tls)
        out["certificate_valid_until"] = std::chrono::duration_cast<std::chrono::seconds>(
                                             present->pop3_tls->valid_until().time_since_epoch())
                                             .count();
    return boost::json::serialize(out);
}

} // namespace server
