// The families of metrics, each with its help text.
#include "server/metrics.hpp"

#include <prometheus/text_serializer.h>

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
      messages_out_(counter(registry_, "restante_messages_retrieved_total", "Messages sent by RETR")),
      octets_out_(counter(registry_, "restante_octets_retrieved_total", "Octets of messages sent by RETR")),
      messages_in_(
          counter(registry_, "restante_messages_taken_in_total", "Messages taken in by LMTP or SMTP")),
      octets_in_(counter(registry_, "restante_octets_taken_in_total", "Octets of messages taken in")),
      messages_removed_(counter(registry_, "restante_messages_removed_total", "Messages removed by QUIT")),
      log_in_seconds_(histogram(registry_, "restante_log_in_seconds", "From the credentials to the reply")),
      retrieve_seconds_(histogram(registry_, "restante_retrieve_seconds", "From RETR to the last octet")),
      commit_seconds_(histogram(registry_, "restante_commit_seconds", "From the last octet to durable mail"))
{
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

void metrics::set_certificate_expiry(std::chrono::system_clock::time_point when)
{
    certificate_expiry_.Set(std::chrono::duration<double>(when.time_since_epoch()).count());
}

std::string metrics::text() const
{
    return prometheus::TextSerializer().Serialize(registry_.Collect());
}

} // namespace server
