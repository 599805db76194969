// How many connections one service takes: in all, before log-in, from one network, for one user.
#pragma once

#include "base/networks.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "server/settings.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace server {

/// What a service lets in. A network larger than one address gets the factor times the address's share that
/// base::networks_of() names, but never more than half of the service, so that no network has it whole.
struct connection_shares {
    std::size_t connections_max;
    std::size_t per_address;
    std::size_t unauthenticated_per_address; ///< as per_address where nobody logs in
    unsigned early_drop_start_percent = 100; ///< 100: none is dropped early
    unsigned early_drop_rate_percent = 100;
    unsigned early_drop_full_percent = 100;
};
connection_shares shares_of(service what, const limit_settings& limits);

/// Counts the connections of one service; each service has counts of its own. Thread-safe.
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

        /// Counts the connection for its address and the networks around it, once. Apart from enter(), because
        /// a PROXY header may name the address late. Whoever is refused shall be closed: it stays counted.
        refusal settle(const net::address_octets& address, const connection_shares& shares);
        /// Counts it as a session of `user`; in_use where that user has too many from there, overloaded where the
        /// open files of one more session would be too many.
        base::result<> log_in(const std::string& user, const limit_settings& limits);
        /// Takes log_in() back: the maildrop could not be opened.
        void log_out();
        /// Counts it as one that has logged in, and back: while a refusal is held back it costs a socket and a
        /// timer, and must not keep others of its address out.
        void hold_back(bool held);

    private:
        void count_unauthenticated(int difference); // under the lock

        connection_limits* counts_;
        std::vector<base::network_share> networks_; // empty: not settled
        std::optional<std::pair<std::string, net::address_octets>> user_;
        net::address_octets address_{};
        bool unauthenticated_ = true;
    };

    /// A place, or nothing: the service is full, or this connection was picked by random early drop
    /// (the more connections have not logged in, the likelier).
    std::optional<place> enter(const connection_shares& shares, base::random& random);

    std::size_t total() const { return total_.load(std::memory_order_relaxed); }
    std::size_t unauthenticated() const { return unauthenticated_.load(std::memory_order_relaxed); }

private:
    struct network_count {
        std::size_t total = 0, unauthenticated = 0;
    };

    bool has_files_for_one_more(const limit_settings& limits) const; // under the lock

    std::atomic<std::size_t> total_{0}, unauthenticated_{0};
    std::mutex mutex_;
    std::size_t sessions_ = 0; // that have logged in
    std::map<base::network_prefix, network_count> networks_;
    std::map<std::pair<std::string, net::address_octets>, std::size_t> users_;
};

std::string_view name_of(connection_limits::refusal why);

} // namespace server
