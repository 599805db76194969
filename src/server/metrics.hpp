// What the post office counts and measures, for Prometheus.
#pragma once

#include "base/clock.hpp"
#include "net/tls/context.hpp"
#include "server/environment.hpp"
#include "store/store.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace server {

/// Names and labels: docs/server.md. Thread-safe. No label takes a value that a stranger chooses.
class metrics {
public:
    metrics();

    void log_in(std::string_view outcome, std::string_view mechanism, std::chrono::nanoseconds took);
    void retrieved(std::uint64_t octets, std::chrono::nanoseconds took);
    void removed(std::uint64_t messages);
    void delivered(std::string_view verdict);
    void message_taken_in(std::uint64_t octets, std::chrono::nanoseconds commit_took);
    void connection(std::string_view service);
    void connection_refused(std::string_view reason);
    void handshake(std::string_view version);
    void reload(bool successful);
    /// A failed log-in's answer was delayed.
    void held_back(std::chrono::nanoseconds delay);

    /// What is read when somebody asks, rather than counted as it happens.
    void set_sessions(std::string_view state, std::size_t count);
    void set_queue(std::string_view pool, std::size_t jobs);
    void set_success_cache(std::uint64_t hits, std::uint64_t misses);
    void set_log_lines_dropped(std::uint64_t lines);
    void set_certificate_expiry(std::chrono::system_clock::time_point when);
    void set_build(std::string_view version);
    void set_machine(const machine_facts& now);
    void set_users(std::size_t count);
    void set_snapshots(const store::cache_counts& counts);
    /// What a whole round of sweeping has found, in all maildrops together.
    void set_mail(const store::usage& waiting, const store::usage& held,
                  std::chrono::system_clock::time_point when);
    /// Names that are not among them any more are forgotten.
    void set_certificates(const std::vector<net::tls_context::served>& certificates, base::wall_time now);
    void set_certificate_refused(bool refused);

    /// The text exposition format, version 0.0.4.
    std::string text() const;

private:
    void make_label_sets();

    prometheus::Registry registry_;
    prometheus::Family<prometheus::Counter>& log_ins_;
    prometheus::Family<prometheus::Counter>& connections_;
    prometheus::Family<prometheus::Counter>& refusals_;
    prometheus::Family<prometheus::Counter>& handshakes_;
    prometheus::Family<prometheus::Counter>& deliveries_;
    prometheus::Family<prometheus::Counter>& reloads_;
    prometheus::Family<prometheus::Gauge>& sessions_;
    prometheus::Family<prometheus::Gauge>& queues_;
    prometheus::Gauge& cache_hits_;
    prometheus::Gauge& cache_misses_;
    prometheus::Gauge& certificate_expiry_;
    prometheus::Gauge& certificate_refused_;
    prometheus::Family<prometheus::Gauge>& certificate_seconds_;
    std::map<std::string, prometheus::Gauge*> certificates_; ///< of the family above; used by who asks alone
    prometheus::Counter& messages_out_;
    prometheus::Counter& octets_out_;
    prometheus::Counter& messages_in_;
    prometheus::Counter& octets_in_;
    prometheus::Counter& messages_removed_;
    prometheus::Counter& held_back_;
    prometheus::Counter& held_back_seconds_;
    prometheus::Family<prometheus::Counter>& snapshots_;
    prometheus::Family<prometheus::Gauge>& build_;
    prometheus::Gauge& users_;
    prometheus::Family<prometheus::Gauge>& mail_messages_;
    prometheus::Family<prometheus::Gauge>& mail_octets_;
    prometheus::Gauge& mail_measured_;
    prometheus::Gauge& disk_octets_;
    prometheus::Gauge& disk_free_octets_;
    prometheus::Gauge& disk_inodes_;
    prometheus::Gauge& disk_free_inodes_;
    prometheus::Counter& cpu_seconds_;
    prometheus::Gauge& resident_octets_;
    prometheus::Gauge& virtual_octets_;
    prometheus::Gauge& open_files_;
    prometheus::Gauge& open_files_limit_;
    prometheus::Gauge& start_time_;
    prometheus::Counter& log_lines_dropped_;
    prometheus::Histogram& log_in_seconds_;
    prometheus::Histogram& retrieve_seconds_;
    prometheus::Histogram& commit_seconds_;
};

} // namespace server
