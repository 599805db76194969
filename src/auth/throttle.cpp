// Who has failed lately, and how long that network waits for its next answer.
#include "auth/throttle.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace auth {

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::chrono::milliseconds, 4> delays{2s, 4s, 8s, 15s};
constexpr auto threshold = 15s; // a penalty above it closes new connections
constexpr auto penalty_max =
    std::chrono::seconds(10min); // so that a shared address is never locked out for long
constexpr auto failures_fade_after = std::chrono::seconds(10min);

std::chrono::seconds penalty_for(offence what)
{
    switch (what) {
    case offence::failed_login: return 5s;
    case offence::no_login: return 1s;
    case offence::too_slow: return 10s;
    case offence::broke_protocol: return 90s;
    }
    return 0s;
}

/// Whoever has one IPv6 address has its /64; an IPv4 address stands alone.
address_octets network_of(address_octets address)
{
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (!std::equal(mapped.begin(), mapped.end(), address.begin()))
        std::fill(address.begin() + 8, address.end(), 0);
    return address;
}

struct record {
    base::steady_time penalty_until{}; ///< fades by a second each second
    base::steady_time last_failure{};
    unsigned failures = 0;
};

struct network_hash {
    std::size_t operator()(const address_octets& network) const
    {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(network.data()), network.size()});
    }
};

bool faded(const record& of, base::steady_time now)
{
    return of.penalty_until <= now && (of.failures == 0 || of.last_failure + failures_fade_after <= now);
}

} // namespace

struct throttle::table {
    explicit table(std::size_t networks) : networks_max(std::max<std::size_t>(networks, 1)) {}

    record* find(const address_octets& from)
    {
        const auto found = records.find(network_of(from));
        return found == records.end() ? nullptr : &found->second;
    }
    void make_room(base::steady_time now);

    const std::size_t networks_max;
    std::mutex mutex;
    std::unordered_map<address_octets, record, network_hash> records;
};

throttle::throttle(std::size_t networks_max) : table_(std::make_unique<table>(networks_max)) {}

throttle::~throttle() = default;

void throttle::note(const address_octets& from, offence what, base::steady_time now)
{
    const std::lock_guard hold(table_->mutex);
    if (table_->find(from) == nullptr && table_->records.size() >= table_->networks_max)
        table_->make_room(now);
    record& noted = table_->records[network_of(from)];
    noted.penalty_until = std::min(std::max(noted.penalty_until, now) + penalty_for(what), now + penalty_max);
    if (what != offence::failed_login) return;
    if (noted.last_failure + failures_fade_after <= now) noted.failures = 0;
    ++noted.failures;
    noted.last_failure = now;
}

void throttle::note_success(const address_octets& from, base::steady_time now)
{
    const std::lock_guard hold(table_->mutex);
    record* const noted = table_->find(from);
    if (noted == nullptr) return;
    noted->failures = 0;
    if (faded(*noted, now)) table_->records.erase(network_of(from));
}

std::chrono::milliseconds throttle::delay(const address_octets& from, base::steady_time now) const
{
    const std::lock_guard hold(table_->mutex);
    const record* const noted = table_->find(from);
    if (noted == nullptr || noted->failures == 0 || noted->last_failure + failures_fade_after <= now)
        return 0ms;
    return delays[std::min<std::size_t>(noted->failures, delays.size()) - 1];
}

bool throttle::refused(const address_octets& from, base::steady_time now) const
{
    const std::lock_guard hold(table_->mutex);
    const record* const noted = table_->find(from);
    return noted != nullptr && noted->penalty_until > now + threshold;
}

/// Forgets what has faded; where that is nothing, the mildest sixteenth: one pass then serves many new networks.
void throttle::table::make_room(base::steady_time now)
{
    std::erase_if(records, [now](const auto& entry) { return faded(entry.second, now); });
    if (records.size() < networks_max) return;
    std::vector<base::steady_time> penalties;
    penalties.reserve(records.size());
    for (const auto& [network, noted] : records) penalties.push_back(noted.penalty_until);
    const auto cut = penalties.begin() + static_cast<std::ptrdiff_t>(penalties.size() / 16);
    std::ranges::nth_element(penalties, cut);
    const base::steady_time mildest = *cut;
    std::size_t to_forget = penalties.size() / 16 + 1;
    std::erase_if(records, [&](const auto& entry) {
        if (to_forget == 0 || entry.second.penalty_until > mildest) return false;
        --to_forget;
        return true;
    });
}

} // namespace auth
