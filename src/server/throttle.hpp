// Who has failed lately: how long an answer is held back, and who waits before a password is looked at.
#pragma once

#include "base/clock.hpp"
#include "base/networks.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace server {

/// A log-in that is tried: from where, and as whom (as typed).
struct attempt {
    base::address_octets address;
    std::string_view user;
};

enum class offence { no_login, too_slow, broke_protocol };

/// In whose turn the work of a log-in is done: the first before the others.
enum class standing {
    known,    ///< this user has logged in from this network before
    stranger, ///< nothing is known
    suspect,  ///< failures of late, of this network or for this account
};

/// What failures cost whoever has failed lately. It delays; it never shuts a network out, since others are behind it.
/// Asked by network threads, all at once, so each function answers without waiting, and its memory is bounded whatever
/// peers do. `now` is this process's clock. One that servers share answers from what it has heard so far: failures
/// elsewhere may weigh late, and where the others cannot be asked, those seen here weigh alone.
class throttle {
public:
    virtual ~throttle() = default;

    virtual void note_failure(const attempt& failed, base::steady_time now) = 0;
    /// Takes back what the failures of this pair of address and account weighed, not more: whoever has an account must
    /// not buy guesses at others.
    virtual void note_success(const attempt& right, base::steady_time now) = 0;
    /// What a connection did without a log-in.
    virtual void note(const base::address_octets& address, offence offence, base::steady_time now) = 0;
    /// A recipient whom a stranger asked for and who is not here, or a domain that is not ours: it may be a guess.
    /// How long the answer is held back: nothing for the first three of an address, on however many connections,
    /// then 200 ms more each, at most 5 s; a larger network has its factor more.
    virtual std::chrono::milliseconds note_unknown_recipient(const base::address_octets& address,
                                                             base::steady_time now) = 0;
    /// An answer of "busy": its network asks for more than its turn.
    virtual void note_busy(const base::address_octets& address, base::steady_time now) = 0;

    /// How long the reply to a failed log-in is held back: 2, 4, 8, then 15 s. Ask after note_failure(); 0 where
    /// none failed lately.
    virtual std::chrono::milliseconds delay(const attempt& failed, base::steady_time now) const = 0;
    /// How long a log-in waits before its password is looked at: 0 but for strangers where many have failed.
    /// None: so many wait for that account already that the answer shall be "busy". Each call takes a turn.
    virtual std::optional<std::chrono::milliseconds> wait(const attempt& tried, base::steady_time now) = 0;
    virtual standing standing_of(const attempt& tried, base::steady_time now) const = 0;
    /// Connections without log-ins from there have cost so much that new ones are closed at once; never where
    /// some user is known.
    virtual bool refused(const base::address_octets& address, base::steady_time now) const = 0;
};

/// What this process has seen. Failures weigh by pair of address and account, by network (base::networks_of(), with
/// thresholds that grow) and by account. Numbers as in docs/server.md. Full tables forget the mildest, and the pairs
/// seen longest ago. What is kept are prints under `key`, so no peer can choose where they fall.
class local_throttle final : public throttle {
public:
    static constexpr std::size_t key_octets = 32;
    /// `key`: random octets.
    explicit local_throttle(std::string_view key, std::size_t records_max = 65536);
    ~local_throttle() override;
    local_throttle(const local_throttle&) = delete;
    local_throttle& operator=(const local_throttle&) = delete;

    void note_failure(const attempt& failed, base::steady_time now) override;
    void note_success(const attempt& right, base::steady_time now) override;
    void note(const base::address_octets& address, offence offence, base::steady_time now) override;
    std::chrono::milliseconds note_unknown_recipient(const base::address_octets& address,
                                                     base::steady_time now) override;
    void note_busy(const base::address_octets& address, base::steady_time now) override;
    std::chrono::milliseconds delay(const attempt& failed, base::steady_time now) const override;
    std::optional<std::chrono::milliseconds> wait(const attempt& tried, base::steady_time now) override;
    standing standing_of(const attempt& tried, base::steady_time now) const override;
    bool refused(const base::address_octets& address, base::steady_time now) const override;

private:
    struct table;
    std::unique_ptr<table> table_;
};

// From which networks each user has logged in.

/// Works with keyed prints of accounts and networks, never with the names. Bounded: the last `networks_each`
/// networks of the last `accounts_max` accounts, so that a user with many networks pushes out his own only.
/// For one thread at a time. In memory alone: after a restart everybody is a stranger until his first log-in.
class known_networks {
public:
    explicit known_networks(std::size_t accounts_max) : accounts_max_(accounts_max) {}

    void remember(std::uint64_t account, std::uint64_t network);
    bool knows(std::uint64_t account, std::uint64_t network) const;
    bool knows_network(std::uint64_t network) const { return users_of_.contains(network); }

private:
    static constexpr std::size_t networks_each = 8; // at home, at work, on the way
    struct entry {
        std::uint64_t account;
        std::array<std::uint64_t, networks_each> networks; ///< latest first; 0: none
    };
    void forget(std::uint64_t network);

    const std::size_t accounts_max_;
    std::list<entry> entries_; ///< latest first
    std::unordered_map<std::uint64_t, std::list<entry>::iterator> by_account_;
    std::unordered_map<std::uint64_t, std::size_t> users_of_; ///< users known from a network
};

} // namespace server
