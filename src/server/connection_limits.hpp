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
connection_shares shares_of(service service, const limit_settings& limits);

/// Counts the connections of one service; each service has counts of its own. Asked by network threads, all at once,
/// so each function answers without waiting. One that servers share counts those of all from what it has heard so far:
/// it may let a few more in than the shares say, must not refuse because the others cannot be asked, and gives back
/// what a server that has died had taken.
class connection_limits {
public:
    enum class refusal { none, full, early_drop, address_unauthenticated, address_total };

    virtual ~connection_limits() = default;

    class place;
    /// A place, or nothing: the service is full, or this connection was picked by random early drop
    /// (the more connections have not logged in, the likelier).
    std::optional<place> enter(const connection_shares& shares, base::random& random);

    virtual std::size_t total() const = 0;
    virtual std::size_t unauthenticated() const = 0;

protected:
    // What implementations do; `place` calls them, and keeps `counted` as they leave it.

    /// What a place counts as.
    struct counted {
        net::address_octets address{};
        std::vector<base::network_share> networks{}; ///< around `address`; empty: not settled
        std::optional<std::string> user{};           ///< whose session it is
        bool unauthenticated = true;
    };
    /// One more, unauthenticated. False: nothing is counted.
    virtual bool add(const connection_shares& shares, base::random& random) = 0;
    /// Counts it for its networks, also where the answer is a refusal.
    virtual refusal settle(const counted& one, const connection_shares& shares) = 0;
    /// Counts it as a session of `user`, and no more as unauthenticated; with an error nothing is counted.
    virtual base::result<> log_in(const counted& one, const std::string& user,
                                  const limit_settings& limits) = 0;
    /// Takes log_in() back.
    virtual void log_out(const counted& one) = 0;
    /// Counts it as unauthenticated, or no more so; it was counted the other way.
    virtual void set_unauthenticated(const counted& one, bool unauthenticated) = 0;
    /// Gives back all that it counts as.
    virtual void remove(const counted& one) = 0;
};

/// One connection's place in the counts; gives everything back when destroyed. For one thread.
class connection_limits::place {
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
    connection_limits* counts_;
    counted counted_;
};

/// Those of this process alone.
class local_connection_limits final : public connection_limits {
public:
    std::size_t total() const override { return total_.load(std::memory_order_relaxed); }
    std::size_t unauthenticated() const override { return unauthenticated_.load(std::memory_order_relaxed); }

protected:
    bool add(const connection_shares& shares, base::random& random) override;
    refusal settle(const counted& one, const connection_shares& shares) override;
    base::result<> log_in(const counted& one, const std::string& user, const limit_settings& limits) override;
    void log_out(const counted& one) override;
    void set_unauthenticated(const counted& one, bool unauthenticated) override;
    void remove(const counted& one) override;

private:
    struct network_count {
        std::size_t total = 0, unauthenticated = 0;
    };
    using user_and_address = std::pair<std::string, net::address_octets>;

    // Under the lock.
    bool has_files_for_one_more(const limit_settings& limits) const;
    void end_session(const counted& one);
    void count_unauthenticated(const counted& one, int difference);

    std::atomic<std::size_t> total_{0}, unauthenticated_{0};
    std::mutex mutex_;
    std::size_t sessions_ = 0; // that have logged in
    std::map<base::network_prefix, network_count> networks_;
    std::map<user_and_address, std::size_t> users_;
};

std::string_view name_of(connection_limits::refusal why);

} // namespace server
