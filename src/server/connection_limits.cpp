// Counting connections, and refusing some so that the others are served.
#include "server/connection_limits.hpp"

#include <algorithm>

namespace server {
namespace {

/// OpenSSH's MaxStartups: none below `start`, `rate` percent there, rising evenly to all at `full`.
unsigned early_drop_percent(std::size_t unauthenticated, const limit_settings& limits)
{
    // Rounded up: even where very few connections are allowed, the first is never dropped.
    const std::size_t start = (limits.connections_max * limits.early_drop_start_percent + 99) / 100;
    const std::size_t full = limits.connections_max * limits.early_drop_full_percent / 100;
    if (unauthenticated < start) return 0;
    if (unauthenticated >= full) return 100;
    const std::size_t rise =
        (100 - limits.early_drop_rate_percent) * (unauthenticated - start) / (full - start);
    return limits.early_drop_rate_percent + static_cast<unsigned>(rise);
}

net::address_octets network_of(net::address_octets address)
{
    constexpr net::address_octets ipv4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (!std::equal(ipv4_prefix.begin(), ipv4_prefix.begin() + 12, address.begin()))
        std::fill(address.begin() + 8, address.end(), std::uint8_t{0});
    return address;
}

template <typename Map, typename Key>
void give_back(Map& counts, const Key& key)
{
    const auto found = counts.find(key);
    if (found != counts.end() && --found->second == 0) counts.erase(found);
}

} // namespace

std::optional<connection_limits::place> connection_limits::enter(const limit_settings& limits,
                                                                 base::random& random)
{
    if (total() >= limits.connections_max) return std::nullopt;
    const unsigned drop = early_drop_percent(unauthenticated(), limits);
    if (drop > 0 && random.number() % 100 < drop) return std::nullopt;
    ++total_;
    ++unauthenticated_;
    return place(*this);
}

bool connection_limits::stressed(const limit_settings& limits) const
{
    return total() * 100 >= limits.connections_max * limits.stress_percent;
}

connection_limits::place::place(place&& other) noexcept
    : counts_(std::exchange(other.counts_, nullptr)),
      network_(other.network_),
      user_(std::move(other.user_)),
      address_(other.address_)
{
}

connection_limits::place::~place()
{
    if (!counts_) return;
    --counts_->total_;
    if (!user_) --counts_->unauthenticated_;
    const std::lock_guard lock(counts_->mutex_);
    if (user_) give_back(counts_->users_, *user_);
    if (!network_) return;
    const auto found = counts_->networks_.find(*network_);
    if (!user_) --found->second.unauthenticated;
    if (--found->second.total == 0) counts_->networks_.erase(found);
}

connection_limits::refusal connection_limits::place::settle(const net::address_octets& address,
                                                            const limit_settings& limits)
{
    address_ = address;
    const auto network = network_of(address);
    const std::lock_guard lock(counts_->mutex_);
    auto& count = counts_->networks_[network];
    network_ = network;
    ++count.total;
    ++count.unauthenticated;
    if (count.total > limits.connections_per_address) return refusal::address_total;
    if (count.unauthenticated > limits.unauthenticated_per_address) return refusal::address_unauthenticated;
    return refusal::none;
}

base::result<> connection_limits::place::log_in(const std::string& user, const limit_settings& limits)
{
    const std::lock_guard lock(counts_->mutex_);
    auto& count = counts_->users_[{user, address_}];
    if (count >= limits.sessions_per_user_and_address) {
        if (count == 0) counts_->users_.erase({user, address_});
        return base::fail({.kind = base::failure::in_use,
                           .temporary = true,
                           .peer_text = "too many sessions of this user from this address",
                           .operator_text = "more than limits.sessions_per_user_and_address"});
    }
    ++count;
    user_.emplace(user, address_);
    --counts_->unauthenticated_;
    if (network_) --counts_->networks_[*network_].unauthenticated;
    return {};
}

void connection_limits::place::log_out()
{
    if (!user_) return;
    const std::lock_guard lock(counts_->mutex_);
    give_back(counts_->users_, *user_);
    user_.reset();
    ++counts_->unauthenticated_;
    if (network_) ++counts_->networks_[*network_].unauthenticated;
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
