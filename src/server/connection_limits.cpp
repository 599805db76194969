// Counting connections, and refusing some so that the others are served.
#include "server/connection_limits.hpp"

#include <algorithm>

namespace server {
namespace {

/// OpenSSH's MaxStartups: none below `start`, `rate` percent there, rising evenly to all at `full`.
unsigned early_drop_percent(std::size_t unauthenticated, const connection_shares& shares)
{
    // Rounded up: even where very few connections are allowed, the first is never dropped.
    const std::size_t start = (shares.connections_max * shares.early_drop_start_percent + 99) / 100;
    const std::size_t full = shares.connections_max * shares.early_drop_full_percent / 100;
    if (unauthenticated < start) return 0;
    if (unauthenticated >= full) return 100;
    const std::size_t rise =
        (100 - shares.early_drop_rate_percent) * (unauthenticated - start) / (full - start);
    return shares.early_drop_rate_percent + static_cast<unsigned>(rise);
}

/// A network's share of what an address may have of `connections_max`.
std::size_t share(std::size_t per_address, unsigned factor, std::size_t connections_max)
{
    return std::max(per_address, std::min(per_address * factor, connections_max / 2));
}

/// A session that has logged in: the maildrop with new/ and cur/, and its lock, besides the socket.
constexpr std::size_t open_files_of_maildrop = 4;

} // namespace

connection_shares shares_of(service service, const limit_settings& limits)
{
    if (service == service::pop3)
        return {limits.open_files_of_sessions == 0
                    ? limits.connections_max
                    : std::min(limits.connections_max, limits.open_files_of_sessions),
                limits.connections_per_address,
                limits.unauthenticated_per_address,
                limits.early_drop_start_percent,
                limits.early_drop_rate_percent,
                limits.early_drop_full_percent};
    return {limits.mail_in_connections_max, limits.mail_in_connections_per_address,
            limits.mail_in_connections_per_address};
}

std::optional<connection_limits::place> connection_limits::enter(const connection_shares& shares,
                                                                 base::random& random)
{
    if (!add(shares, random)) return std::nullopt;
    return place(*this);
}

connection_limits::place::place(place&& other) noexcept
    : counts_(std::exchange(other.counts_, nullptr)), counted_(std::move(other.counted_))
{
}

connection_limits::place::~place()
{
    if (counts_) counts_->remove(counted_);
}

connection_limits::refusal connection_limits::place::settle(const net::address_octets& address,
                                                            const connection_shares& shares)
{
    counted_.address = address;
    counted_.networks = base::networks_of(address);
    return counts_->settle(counted_, shares);
}

base::result<> connection_limits::place::log_in(const std::string& user, const limit_settings& limits)
{
    if (auto counted = counts_->log_in(counted_, user, limits); !counted) return counted;
    counted_.user = user;
    counted_.unauthenticated = false;
    return {};
}

void connection_limits::place::log_out()
{
    if (!counted_.user) return;
    counts_->log_out(counted_);
    counted_.user.reset();
    counted_.unauthenticated = true;
}

void connection_limits::place::hold_back(bool held)
{
    if (counted_.user || counted_.unauthenticated != held) return;
    counts_->set_unauthenticated(counted_, !held);
    counted_.unauthenticated = !held;
}

bool local_connection_limits::add(const connection_shares& shares, base::random& random)
{
    const unsigned drop = early_drop_percent(unauthenticated(), shares);
    if (drop > 0 && random.number() % 100 < drop) return false;
    if (++total_ > shares.connections_max) {
        --total_;
        return false;
    }
    ++unauthenticated_;
    return true;
}

connection_limits::refusal local_connection_limits::settle(const counted& one,
                                                           const connection_shares& shares)
{
    auto answer = refusal::none;
    const std::lock_guard lock(mutex_);
    for (const auto& [network, factor] : one.networks) {
        auto& count = networks_[network];
        ++count.total;
        ++count.unauthenticated;
        if (answer != refusal::none) continue;
        if (count.total > share(shares.per_address, factor, shares.connections_max))
            answer = refusal::address_total;
        else if (count.unauthenticated >
                 share(shares.unauthenticated_per_address, factor, shares.connections_max))
            answer = refusal::address_unauthenticated;
    }
    return answer;
}

base::result<> local_connection_limits::log_in(const counted& one, const std::string& user,
                                               const limit_settings& limits)
{
    const std::lock_guard lock(mutex_);
    if (!has_files_for_one_more(limits))
        return base::fail({.kind = base::failure::overloaded,
                           .temporary = true,
                           .peer_text = {},
                           .operator_text =
                               "the sessions have as many open files as leave enough for mail that "
                               "comes in; raise LimitNOFILE= of the unit, or ulimit -n, or lower "
                               "limits.connections_max"});
    auto& count = users_[{user, one.address}];
    if (count >= limits.sessions_per_user_and_address) {
        if (count == 0) users_.erase({user, one.address});
        return base::fail(base::temporary_error(base::failure::in_use,
                                                "too many sessions of this user from this address: more than "
                                                "limits.sessions_per_user_and_address"));
    }
    ++count;
    ++sessions_;
    if (one.unauthenticated) count_unauthenticated(one, -1);
    return {};
}

bool local_connection_limits::has_files_for_one_more(const limit_settings& limits) const
{
    return limits.open_files_of_sessions == 0 ||
           total() + (sessions_ + 1) * open_files_of_maildrop <= limits.open_files_of_sessions;
}

void local_connection_limits::log_out(const counted& one)
{
    const std::lock_guard lock(mutex_);
    end_session(one);
    count_unauthenticated(one, 1);
}

void local_connection_limits::end_session(const counted& one)
{
    const auto found = users_.find({*one.user, one.address});
    if (--found->second == 0) users_.erase(found);
    --sessions_;
}

void local_connection_limits::set_unauthenticated(const counted& one, bool unauthenticated)
{
    const std::lock_guard lock(mutex_);
    count_unauthenticated(one, unauthenticated ? 1 : -1);
}

void local_connection_limits::count_unauthenticated(const counted& one, int difference)
{
    // Unsigned numbers wrap: adding the octets of -1 takes one away.
    const auto step = static_cast<std::size_t>(difference);
    unauthenticated_ += step;
    for (const auto& [network, factor] : one.networks) networks_[network].unauthenticated += step;
}

void local_connection_limits::remove(const counted& one)
{
    const std::lock_guard lock(mutex_);
    if (one.unauthenticated) count_unauthenticated(one, -1);
    --total_;
    if (one.user) end_session(one);
    for (const auto& [network, factor] : one.networks) {
        const auto found = networks_.find(network);
        if (--found->second.total == 0) networks_.erase(found);
    }
}

std::string_view name_of(connection_limits::refusal why)
{
    switch (why) {
    case connection_limits::refusal::none: return "none";
    case connection_limits::refusal::full: return "full";
    case connection_limits::refusal::early_drop: return "early-drop";
    case connection_limits::refusal::address_unauthenticated: return "address-unauthenticated";
    case connection_limits::refusal::address_total: return "address-total";
    }
    return "unknown";
}

} // namespace server
