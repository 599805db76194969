// Figures out of counts.
#include "report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace bench {

namespace {

constexpr double octets_of_gb = 1e9;

/// In milliseconds; `sorted` is not empty.
double percentile(const std::vector<std::uint32_t>& sorted, double share)
{
    const auto last = static_cast<double>(sorted.size() - 1);
    return sorted[static_cast<std::size_t>(last * share + 0.5)] / 1e3;
}

double divide(double what, double by)
{
    return by > 0 ? what / by : 0;
}

boost::json::object latencies(const tally& counts)
{
    boost::json::object out;
    for (std::size_t i = 0; i < step_names.size(); ++i) {
        std::vector<std::uint32_t> sorted = counts.microseconds[i];
        if (sorted.empty()) continue;
        std::ranges::sort(sorted);
        out[step_names[i]] = {{"count", sorted.size()},
                              {"p50_ms", percentile(sorted, 0.5)},
                              {"p90_ms", percentile(sorted, 0.9)},
                              {"p99_ms", percentile(sorted, 0.99)},
                              {"max_ms", percentile(sorted, 1)}};
    }
    return out;
}

boost::json::object figures(const options& asked, const result& measured)
{
    const tally& counts = measured.counts;
    const auto sessions = static_cast<double>(counts.sessions);
    const auto octets = static_cast<double>(counts.octets);
    boost::json::object out{
        {"sessions", counts.sessions},
        {"messages", counts.messages + (asked.mode == mode::deliver ? counts.delivered : 0)},
        {"delivered", counts.delivered},
        {"octets", counts.octets},
        {"errors", counts.errors},
        {"first_error", counts.first_error},
        {"seconds", measured.seconds},
        {"sessions_per_second", divide(sessions, measured.seconds)},
        {"messages_per_second",
         divide(static_cast<double>(counts.messages + counts.delivered), measured.seconds)},
        {"octets_per_second", divide(octets, measured.seconds)},
        {"client_cpu_seconds", measured.client_seconds},
        {"latency", latencies(counts)}};
    if (asked.processes.empty()) return out;
    const double used = measured.after.seconds() - measured.before.seconds();
    boost::json::object server{
        {"cpu_seconds", used},
        {"user_seconds", measured.after.user_seconds - measured.before.user_seconds},
        {"system_seconds", measured.after.system_seconds - measured.before.system_seconds},
        {"processes", measured.after.processes},
        {"cpu_ms_per_session", divide(used * 1e3, sessions)}};
    if (octets > 0) server["cpu_s_per_gb"] = used * octets_of_gb / octets;
    if (measured.held > 0) {
        const double grown = static_cast<double>(measured.after.memory_octets) -
                             static_cast<double>(measured.before.memory_octets);
        server["connections_held"] = measured.held;
        server["memory_octets"] = measured.after.memory_octets;
        server["memory_octets_per_connection"] = divide(grown, static_cast<double>(measured.held));
    }
    out["server"] = std::move(server);
    return out;
}

} // namespace

std::string report_json(const options& asked, const result& measured)
{
    return boost::json::serialize(figures(asked, measured)) + "\n";
}

std::string report_text(const options& asked, const result& measured)
{
    const boost::json::object told = figures(asked, measured);
    std::string out;
    const auto lines = [&out](const boost::json::object& of, std::string_view before) {
        for (const auto& [name, value] : of) {
            if (value.is_object()) continue;
            const std::string text = value.is_double()   ? fmt::format("{:.3f}", value.get_double())
                                     : value.is_string() ? std::string(value.get_string())
                                                         : boost::json::serialize(value);
            out += fmt::format("{}{:<32} {}\n", before, std::string_view(name), text);
        }
    };
    lines(told, "");
    for (const auto& [name, value] : told.at("latency").as_object()) {
        const auto& of = value.as_object();
        out += fmt::format("{:<14} latency in ms: p50 {:.3f}, p90 {:.3f}, p99 {:.3f}, max {:.3f}\n",
                           std::string_view(name), of.at("p50_ms").as_double(), of.at("p90_ms").as_double(),
                           of.at("p99_ms").as_double(), of.at("max_ms").as_double());
    }
    if (const auto* const server = told.if_contains("server")) {
        out += "the server's processes\n";
        lines(server->as_object(), "  ");
    }
    return out;
}

} // namespace bench
