// How many connections there may be: in all, before log-in, from one network, for one user.
#pragma once

#include "auth/throttle.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "net/address.hpp"
#include "server/settings.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace server {

/// Counts POP3 connections. Thread-safe. An IPv4 address counts by itself, IPv6 by its /64, which one
/// subscriber has whole.
class connection_limits {
public:
    enum class refusal { none, full, early_drop, address_unauthenticated, address_total };

    /// One connection's place in the counts; gives everything back when destroyed.
    class place {
    public:
        explicit place(connection_limits& counts) : counts_(&counts) {}
        place(place&& other) noexcept;
        place& operator=(place&&) = delete;
        ~place();

        /// Counts the connection for its address, which a PROXY header may have told late.
        refusal settle(const net::address_octets& address, const limit_settings& limits);
        /// Counts it as a session of `user`; in_use where that user has too many from there.
        base::result<> log_in(const std::string& user, const limit_settings& limits);
        /// Takes log_in() back: the maildrop could not be opened.
        void log_out();

    private:
        connection_limits* counts_;
        std::optional<net::address_octets> network_;
        std::optional<std::pair<std::string, net::address_octets>> user_;
        net::address_octets address_{};
    };

    /// A place, or nothing: the post office is full, or this connection was picked by random early drop
    /// (the more connections have not logged in, the likelier).
    std::optional<place> enter(const limit_settings& limits, base::random& random);

    /// So full that deadlines before log-in are cut.
    bool stressed(const limit_settings& limits) const;
    std::size_t total() const { return total_.load(std::memory_order_relaxed); }
    std::size_t unauthenticated() const { return unauthenticated_.load(std::memory_order_relaxed); }

private:
    struct network_count {
        std::size_t total = 0, unauthenticated = 0;
    };

    std::atomic<std::size_t> total_{0}, unauthenticated_{0};
    std::mutex mutex_;
    std::map<net::address_octets, network_count> networks_;
    std::map<std::pair<std::string, net::address_octets>, std::size_t> users_;
};

std::string_view name_of(connection_limits::refusal why);

} // namespace server
