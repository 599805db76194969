// Who has failed lately: how long an answer is held back, and who waits before a password is looked at.
#pragma once

#include "base/clock.hpp"
#include "base/networks.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace server {

/// A log-in that is tried: from where, and as whom (as typed).
struct attempt {
    base::address_octets from;
    std::string_view user;
};

enum class offence { no_login, too_slow, broke_protocol };

/// In whose turn the work of a log-in is done: the first before the others.
enum class standing {
    known,    ///< this user has logged in from this network before
    stranger, ///< nothing is known
    suspect,  ///< failures of late, of this network or for this account
};

/// Failures weigh by pair of address and account, by network (base::networks_of(), with thresholds that grow)
/// and by account. They delay; they never shut a network out, since others are behind it. A success takes back
/// what the failures of its own pair weighed, not more: whoever has an account must not buy guesses at others.
/// Numbers as in docs/server.md. Bounded: full tables forget the mildest, and the pairs seen longest ago. What
/// is kept are prints under `key`, so no peer can choose where they fall. Thread-safe.
class throttle {
public:
    /// `key`: random octets.
    explicit throttle(std::string_view key, std::size_t records_max = 65536);
    ~throttle();

    void note_failure(const attempt& failed, base::steady_time now);
    void note_success(const attempt& right, base::steady_time now);
    /// What a connection did without a log-in.
    void note(const base::address_octets& from, offence what, base::steady_time now);
    /// A recipient whom a stranger asked for and who is not here, or a domain that is not ours: it may be a guess.
    /// How long the answer is held back: nothing for the first three of an address, on however many connections,
    /// then 200 ms more each, at most 5 s; a larger network has its factor more.
    std::chrono::milliseconds note_unknown_recipient(const base::address_octets& from, base::steady_time now);
    /// An answer of "busy": its network asks for more than its turn.
    void note_busy(const base::address_octets& from, base::steady_time now);

    /// How long the reply to a failed log-in is held back: 2, 4, 8, then 15 s. Ask after note_failure(); 0 where
    /// none failed lately.
    std::chrono::milliseconds delay(const attempt& failed, base::steady_time now) const;
    /// How long a log-in waits before its password is looked at: 0 but for strangers where many have failed.
    /// None: so many wait for that account already that the answer shall be "busy". Each call takes a turn.
    std::optional<std::chrono::milliseconds> wait(const attempt& tried, base::steady_time now);
    standing standing_of(const attempt& tried, base::steady_time now) const;
    /// Connections without log-ins from there have cost so much that new ones are closed at once; never where
    /// some user is known.
    bool refused(const base::address_octets& from, base::steady_time now) const;

private:
    struct table;
    std::unique_ptr<table> table_;
};

} // namespace server
