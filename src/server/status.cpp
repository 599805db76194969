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

// By the key of [listeners] that each stands under.
std::string_view key_of(const open_listener& listener)
{
    switch (listener.service) {
    case service::lmtp: return "lmtp";
    case service::smtp: return "smtp";
    case service::pop3: break;
    }
    return listener.tls == tls_mode::implicit ? "pop3s" : "pop3";
}

boost::json::array places(std::span<const open_listener> listeners, const std::string& metrics_address)
{
    boost::json::array out;
    for (const auto& listener : listeners)
        out.push_back({{"listener", key_of(listener)}, {"address", listener.address}});
    if (!metrics_address.empty()) out.push_back({{"listener", "metrics"}, {"address", metrics_address}});
    return out;
}

} // namespace

std::string status_json(const shared_state& shared, base::steady_time begun,
                        std::span<const open_listener> listeners, const std::string& metrics_address)
{
    const auto present = shared.present_site.get();
    const auto uptime =
        std::chrono::duration_cast<std::chrono::seconds>(shared.with.clock.steady_now() - begun);
    boost::json::object sessions;
    for (const auto& [where, count] : shared.sessions.count_by_phase()) sessions[name_of(where)] = count;
    boost::json::object out{{"ok", true},
                            {"version", present->settings.version},
                            {"host_name", present->settings.host_name},
                            {"uptime_seconds", uptime.count()},
                            {"stopping", shared.stopping.load()},
                            {"listeners", places(listeners, metrics_address)},
                            {"sessions", std::move(sessions)},
                            {"pop3_connections", shared.with.limits.pop3_connections.total()},
                            {"pop3_unauthenticated", shared.with.limits.pop3_connections.unauthenticated()},
                            {"mail_in_connections", shared.with.limits.lmtp_connections.total() +
                                                        shared.with.limits.smtp_connections.total()},
                            {"disk_queue", shared.with.disk_pool.queued()},
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
