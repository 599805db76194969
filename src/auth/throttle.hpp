// Who has failed lately, and how long that network waits for its next answer.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace auth {

/// An address as 16 octets; IPv4 as ::ffff:a.b.c.d.
using address_octets = std::array<std::uint8_t, 16>;

enum class offence { failed_login, no_login, too_slow, broke_protocol };

/// Penalties by network (IPv4 /32, IPv6 /64): notes of failures that grow and fade. Numbers as in
/// docs/auth.md. Bounded: over its table's size it forgets the mildest. Thread-safe.
class throttle {
public:
    explicit throttle(std::size_t networks_max = 65536);
    ~throttle();

    void note(const address_octets& from, offence what, base::steady_time now);
    /// A success wipes the delay of its network.
    void note_success(const address_octets& from, base::steady_time now);
    /// How long the reply to a failed log-in from there is held back: 2, 4, 8, then 15 s. Ask after note(); 0
    /// where none failed lately.
    std::chrono::milliseconds delay(const address_octets& from, base::steady_time now) const;
    /// The network's penalty is above the threshold: new connections are closed at once.
    bool refused(const address_octets& from, base::steady_time now) const;

private:
    struct table;
    std::unique_ptr<table> table_;
};

} // namespace auth
