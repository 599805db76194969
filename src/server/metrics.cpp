// The families of metrics, each with its help text.
#include "server/metrics.hpp"

#include "base/error.hpp"
#include "sasl/server.hpp"

#include <prometheus/text_serializer.h>

#include <array>
#include <limits>
#include <vector>

namespace server {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

/// From a warm cache (under a millisecond) to a deadline (a minute), in steps of about three.
prometheus::Histogram::BucketBoundaries latency_buckets()
{
    return {0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60};
}

prometheus::Histogram& histogram(prometheus::Registry& registry, const char* name, const char* help)
{
    return BuildHistogram().Name(name).Help(help).Register(registry).Add({}, latency_buckets());
}

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help)
{
    return BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help)
{
    return BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name,
                                                  const char* help)
{
    return BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Gauge>& gauges(prometheus::Registry& registry, const char* name,
                                              const char* help)
{
    return BuildGauge().Name(name).Help(help).Register(registry);
}

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Why a log-in is refused; each is a label's value for each mechanism.
constexpr std::array log_in_refusals{base::failure::credentials,     base::failure::malformed,
                                     base::failure::disabled,        base::failure::in_use,
                                     base::failure::login_delay,     base::failure::overloaded,
                                     base::failure::storage,         base::failure::internal,
                                     base::failure::outcome_unknown, base::failure::fenced};

/// Why a copy is not delivered.
constexpr std::array delivery_refusals{base::failure::over_quota,      base::failure::no_space,
                                       base::failure::storage,         base::failure::too_large,
                                       base::failure::overloaded,      base::failure::vanished,
                                       base::failure::outcome_unknown, base::failure::fenced};

std::vector<std::string> mechanisms()
{
    std::vector<std::string> out{"USER", "APOP"};
    for (const auto each : sasl::mechanisms()) out.emplace_back(each);
    return out;
}

/// Brings a counter up to what somebody else has counted.
void bring_to(prometheus::Counter& counter, double value)
{
    if (value > counter.Value()) counter.Increment(value - counter.Value());
}

double in_seconds(std::chrono::nanoseconds took)
{
    return std::chrono::duration<double>(took).count();
}

} // namespace

metrics::metrics()
    : log_ins_(counters(registry_, "restante_log_ins_total", "Log-ins tried, by outcome and mechanism")),
      connections_(counters(registry_, "restante_connections_total", "Connections taken, by service")),
      refusals_(counters(registry_, "restante_connections_refused_total", "Connections refused, by reason")),
      handshakes_(
          counters(registry_, "restante_tls_handshakes_total", "TLS handshakes, by version or \"failed\"")),
      deliveries_(
          counters(registry_, "restante_deliveries_total", "Recipients of mail taken in, by verdict")),
      reloads_(counters(registry_, "restante_reloads_total", "Reloads, by outcome")),
      sessions_(gauges(registry_, "restante_sessions", "Live sessions, by state")),
      queues_(gauges(registry_, "restante_pool_queue", "Jobs that wait for a thread, by pool")),
      cache_hits_(gauge(registry_, "restante_success_cache_hits", "Log-ins that needed no password hash")),
      cache_misses_(gauge(registry_, "restante_success_cache_misses", "Log-ins that needed a password hash")),
      certificate_expiry_(gauge(registry_, "restante_certificate_expiry_timestamp_seconds",
                                "When the soonest certificate ends; 0 without TLS")),
      certificate_refused_(
          gauge(registry_, "restante_certificate_refused",
                "1 where the certificate files on disk cannot be used and older ones are served")),
      certificate_seconds_(gauges(registry_, "restante_certificate_expires_seconds",
                                  "Seconds until a certificate ends, by the name it is served for")),
      messages_out_(counter(registry_, "restante_messages_retrieved_total", "Messages sent by RETR")),
      octets_out_(counter(registry_, "restante_octets_retrieved_total", "Octets of messages sent by RETR")),
      messages_in_(
          counter(registry_, "restante_messages_taken_in_total", "Messages taken in by LMTP or SMTP")),
      octets_in_(counter(registry_, "restante_octets_taken_in_total", "Octets of messages taken in")),
      messages_removed_(counter(registry_, "restante_messages_removed_total", "Messages removed by QUIT")),
      held_back_(counter(registry_, "restante_log_ins_held_back_total",
                         "Failed log-ins whose answer was delayed, against guessing")),
      held_back_seconds_(counter(registry_, "restante_log_ins_held_back_seconds_total",
                                 "How long the answers to failed log-ins were delayed, in all")),
      snapshots_(counters(
          registry_, "restante_snapshots_total",
          "Looks into maildrops: \"hit\" where what was kept would do, \"made\" where all was read")),
      build_(gauges(registry_, "restante_build_info", "1; the version is in the label")),
      users_(gauge(registry_, "restante_users", "Users, without aliases")),
      mail_messages_(gauges(registry_, "restante_mail_messages",
                            "Messages waiting, and held after their deletion, as of the last whole sweep "
                            "(maildrops.sweep_every); not a number before it")),
      mail_octets_(
          gauges(registry_, "restante_mail_octets",
                 "Octets of messages waiting and held, as of the last whole sweep; not a number before it")),
      mail_measured_(gauge(registry_, "restante_mail_measured_timestamp_seconds",
                           "When the last whole sweep ended; 0 before it")),
      disk_octets_(gauge(registry_, "restante_disk_octets", "Size of the file system with the mail")),
      disk_free_octets_(
          gauge(registry_, "restante_disk_free_octets", "Free on the file system with the mail")),
      disk_inodes_(gauge(registry_, "restante_disk_inodes",
                         "Inodes of the file system with the mail; 0 where it has no table of them")),
      disk_free_inodes_(
          gauge(registry_, "restante_disk_free_inodes", "Free inodes of the file system with the mail")),
      cpu_seconds_(counter(registry_, "process_cpu_seconds_total", "User and system time of the process")),
      resident_octets_(gauge(registry_, "process_resident_memory_bytes", "Memory of the process in RAM")),
      virtual_octets_(gauge(registry_, "process_virtual_memory_bytes", "Address space of the process")),
      open_files_(gauge(registry_, "process_open_fds", "Descriptors that are open")),
      open_files_limit_(gauge(registry_, "process_max_fds", "Descriptors that may be open")),
      start_time_(gauge(registry_, "process_start_time_seconds", "When the process began, since 1970")),
      log_lines_dropped_(
          counter(registry_, "restante_log_lines_dropped_total", "Log lines lost because nothing read them")),
      log_in_seconds_(histogram(registry_, "restante_log_in_seconds", "From the credentials to the reply")),
      retrieve_seconds_(histogram(registry_, "restante_retrieve_seconds", "From RETR to the last octet")),
      commit_seconds_(histogram(registry_, "restante_commit_seconds", "From the last octet to durable mail"))
{
    make_label_sets();
}

// A series that is born with its first event has no rate at that event, and absent() takes it for a fault before.
void metrics::make_label_sets()
{
    for (const auto& mechanism : mechanisms()) {
        log_ins_.Add({{"outcome", "success"}, {"mechanism", mechanism}});
        for (const auto outcome : log_in_refusals)
            log_ins_.Add({{"outcome", std::string(base::name_of(outcome))}, {"mechanism", mechanism}});
    }
    for (const char* service : {"pop3", "lmtp", "smtp"}) connections_.Add({{"service", service}});
    for (const char* reason :
         {"full", "early-drop", "address-unauthenticated", "address-total", "penalty", "mail-in"})
        refusals_.Add({{"reason", reason}});
    for (const char* version : {"TLSv1.2", "TLSv1.3", "failed"}) handshakes_.Add({{"version", version}});
    deliveries_.Add({{"verdict", "delivered"}});
    for (const auto verdict : delivery_refusals)
        deliveries_.Add({{"verdict", std::string(base::name_of(verdict))}});
    for (const char* outcome : {"done", "refused"}) reloads_.Add({{"outcome", outcome}});
    for (const char* state : {"waiting", "held"}) {
        mail_messages_.Add({{"state", state}}).Set(unknown);
        mail_octets_.Add({{"state", state}}).Set(unknown);
    }
}

void metrics::log_in(std::string_view outcome, std::string_view mechanism, std::chrono::nanoseconds took)
{
    log_ins_.Add({{"outcome", std::string(outcome)}, {"mechanism", std::string(mechanism)}}).Increment();
    log_in_seconds_.Observe(in_seconds(took));
}

void metrics::retrieved(std::uint64_t octets, std::chrono::nanoseconds took)
{
    messages_out_.Increment();
    octets_out_.Increment(static_cast<double>(octets));
    retrieve_seconds_.Observe(in_seconds(took));
}

void metrics::removed(std::uint64_t messages)
{
    messages_removed_.Increment(static_cast<double>(messages));
}

void metrics::delivered(std::string_view verdict)
{
    deliveries_.Add({{"verdict", std::string(verdict)}}).Increment();
}

void metrics::message_taken_in(std::uint64_t octets, std::chrono::nanoseconds commit_took)
{
    messages_in_.Increment();
    octets_in_.Increment(static_cast<double>(octets));
    commit_seconds_.Observe(in_seconds(commit_took));
}

void metrics::connection(std::string_view service)
{
    connections_.Add({{"service", std::string(service)}}).Increment();
}

void metrics::connection_refused(std::string_view reason)
{
    refusals_.Add({{"reason", std::string(reason)}}).Increment();
}

void metrics::handshake(std::string_view version)
{
    handshakes_.Add({{"version", std::string(version)}}).Increment();
}

void metrics::reload(bool successful)
{
    reloads_.Add({{"outcome", successful ? "done" : "refused"}}).Increment();
}

void metrics::set_sessions(std::string_view state, std::size_t count)
{
    sessions_.Add({{"state", std::string(state)}}).Set(static_cast<double>(count));
}

void metrics::set_queue(std::string_view pool, std::size_t jobs)
{
    queues_.Add({{"pool", std::string(pool)}}).Set(static_cast<double>(jobs));
}

void metrics::set_success_cache(std::uint64_t hits, std::uint64_t misses)
{
    cache_hits_.Set(static_cast<double>(hits));
    cache_misses_.Set(static_cast<double>(misses));
}

void metrics::set_log_lines_dropped(std::uint64_t lines)
{
    // Asked by one thread at a time, and never less than before.
    log_lines_dropped_.Increment(static_cast<double>(lines) - log_lines_dropped_.Value());
}

void metrics::set_certificate_expiry(std::chrono::system_clock::time_point when)
{
    certificate_expiry_.Set(std::chrono::duration<double>(when.time_since_epoch()).count());
}

void metrics::held_back(std::chrono::nanoseconds delay)
{
    held_back_.Increment();
    held_back_seconds_.Increment(in_seconds(delay));
}

void metrics::set_build(std::string_view version)
{
    build_.Add({{"version", std::string(version)}}).Set(1);
}

void metrics::set_machine(const machine_facts& now)
{
    bring_to(cpu_seconds_, now.cpu_seconds);
    resident_octets_.Set(static_cast<double>(now.resident_octets));
    virtual_octets_.Set(static_cast<double>(now.virtual_octets));
    open_files_.Set(static_cast<double>(now.open_files));
    open_files_limit_.Set(static_cast<double>(now.open_files_limit));
    start_time_.Set(now.start_time_seconds);
    disk_octets_.Set(static_cast<double>(now.disk_octets));
    disk_free_octets_.Set(static_cast<double>(now.disk_free_octets));
    disk_inodes_.Set(static_cast<double>(now.disk_inodes));
    disk_free_inodes_.Set(static_cast<double>(now.disk_free_inodes));
}

void metrics::set_users(std::size_t count)
{
    users_.Set(static_cast<double>(count));
}

void metrics::set_snapshots(const store::cache_counts& counts)
{
    bring_to(snapshots_.Add({{"outcome", "hit"}}), static_cast<double>(counts.hits));
    bring_to(snapshots_.Add({{"outcome", "made"}}), static_cast<double>(counts.wanted - counts.hits));
}

void metrics::set_mail(const store::usage& waiting, const store::usage& held,
                       std::chrono::system_clock::time_point when)
{
    const auto set = [this](const char* state, const store::usage& found) {
        mail_messages_.Add({{"state", state}}).Set(static_cast<double>(found.messages));
        mail_octets_.Add({{"state", state}}).Set(static_cast<double>(found.octets));
    };
    set("waiting", waiting);
    set("held", held);
    mail_measured_.Set(std::chrono::duration<double>(when.time_since_epoch()).count());
}

void metrics::set_certificates(const std::vector<net::tls_context::served>& certificates, base::wall_time now)
{
    std::map<std::string, prometheus::Gauge*> present;
    for (const auto& certificate : certificates) {
        auto& left = certificate_seconds_.Add({{"name", certificate.name}});
        left.Set(std::chrono::duration<double>(certificate.valid_until - now).count());
        present[certificate.name] = &left;
    }
    for (const auto& [name, gauge] : certificates_)
        if (!present.contains(name)) certificate_seconds_.Remove(gauge);
    certificates_ = std::move(present);
}

void metrics::set_certificate_refused(bool refused)
{
    certificate_refused_.Set(refused ? 1 : 0);
}

std::string metrics::text() const
{
    return prometheus::TextSerializer().Serialize(registry_.Collect());
}

} // namespace server
