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

template <typename Map, typename Key>
void give_back(Map& counts, const Key& key)
{
    const auto found = counts.find(key);
    if (found != counts.end() && --found->second == 0) counts.erase(found);
}

} // namespace

connection_shares shares_of(service what, const limit_settings& limits)
{
    if (what == service::pop3)
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
    const unsigned drop = early_drop_percent(unauthenticated(), shares);
    if (drop > 0 && random.number() % 100 < drop) return std::nullopt;
    if (++total_ > shares.connections_max) {
        --total_;
        return std::nullopt;
    }
    ++unauthenticated_;
    return place(*this);
}

connection_limits::place::place(place&& other) noexcept
    : counts_(std::exchange(other.counts_, nullptr)),
      networks_(std::move(other.networks_)),
      user_(std::move(other.user_)),
      address_(other.address_),
      unauthenticated_(other.unauthenticated_)
{
}

connection_limits::place::~place()
{
    if (!counts_) return;
    const std::lock_guard lock(counts_->mutex_);
    if (unauthenticated_) count_unauthenticated(-1);
    --counts_->total_;
    if (user_) {
        give_back(counts_->users_, *user_);
        --counts_->sessions_;
    }
    for (const auto& [network, factor] : networks_) {
        const auto found = counts_->networks_.find(network);
        if (--found->second.total == 0) counts_->networks_.erase(found);
    }
}

connection_limits::refusal connection_limits::place::settle(const net::address_octets& address,
                                                            const connection_shares& shares)
{
    address_ = address;
    networks_ = base::networks_of(address);
    auto answer = refusal::none;
    const std::lock_guard lock(counts_->mutex_);
    for (const auto& [network, factor] : networks_) {
        auto& count = counts_->networks_[network];
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

base::result<> connection_limits::place::log_in(const std::string& user, const limit_settings& limits)
{
    const std::lock_guard lock(counts_->mutex_);
    if (!counts_->has_files_for_one_more(limits))
        return base::fail({.kind = base::failure::overloaded,
                           .temporary = true,
                           .peer_text = {},
                           .operator_text =
                               "the sessions have as many open files as leave enough for mail that "
                               "comes in; raise LimitNOFILE= of the unit, or ulimit -n, or lower "
                               "limits.connections_max"});
    auto& count = counts_->users_[{user, address_}];
    if (count >= limits.sessions_per_user_and_address) {
        if (count == 0) counts_->users_.erase({user, address_});
        return base::fail({.kind = base::failure::in_use,
                           .temporary = true,
                           .peer_text = {},
                           .operator_text = "too many sessions of this user from this address: more than "
                                            "limits.sessions_per_user_and_address"});
    }
    ++count;
    ++counts_->sessions_;
    user_.emplace(user, address_);
    if (std::exchange(unauthenticated_, false)) count_unauthenticated(-1);
    return {};
}

bool connection_limits::has_files_for_one_more(const limit_settings& limits) const
{
    return limits.open_files_of_sessions == 0 ||
           total() + (sessions_ + 1) * open_files_of_maildrop <= limits.open_files_of_sessions;
}

void connection_limits::place::log_out()
{
    if (!user_) return;
    const std::lock_guard lock(counts_->mutex_);
    give_back(counts_->users_, *user_);
    --counts_->sessions_;
    user_.reset();
    if (!std::exchange(unauthenticated_, true)) count_unauthenticated(1);
}

void connection_limits::place::hold_back(bool held)
{
    if (user_ || unauthenticated_ != held) return;
    const std::lock_guard lock(counts_->mutex_);
    unauthenticated_ = !held;
    count_unauthenticated(held ? -1 : 1);
}

void connection_limits::place::count_unauthenticated(int difference)
{
    // Unsigned numbers wrap: adding the octets of -1 takes one away.
    const auto step = static_cast<std::size_t>(difference);
    counts_->unauthenticated_ += step;
    for (const auto& [network, factor] : networks_) counts_->networks_[network].unauthenticated += step;
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
