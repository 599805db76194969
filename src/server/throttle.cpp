// Who has failed lately: how long an answer is held back, and who waits before a password is looked at.
#include "server/throttle.hpp"

#include "auth/account.hpp"
#include "sasl/digest.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace server {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<milliseconds, 4> delays{2s, 4s, 8s, 15s};
constexpr milliseconds wait_max = 15s;

// Penalties fade by a second each second.
constexpr seconds failure_penalty = 5s, busy_penalty = 1s;
constexpr seconds penalty_max = 10min; // so that nothing is held against anybody for long
constexpr seconds failures_fade_after = 10min;

// A penalty above these makes strangers wait; a network's grows with its factor.
constexpr seconds pair_threshold = 15s;     // four failures: three mistakes are human
constexpr seconds account_threshold = 60s;  // twelve, from wherever
constexpr seconds network_threshold = 120s; // twenty-four: a whole office may be behind an address
constexpr seconds nuisance_threshold = 15s; // above it connections are closed

constexpr unsigned suspicious_failures = 3;

// What guesses at recipients cost: thirty are remembered for five minutes.
constexpr seconds recipient_penalty = 10s;
constexpr int recipients_at_once = 3;
constexpr milliseconds recipient_delay_step = 200ms, recipient_delay_max = 5s;

/// While an account is guessed at, strangers' guesses at it are looked at one by one, this far apart.
constexpr milliseconds guesses_apart = 1s;

seconds penalty_for(offence offence)
{
    switch (offence) {
    case offence::no_login: return 1s;
    case offence::too_slow: return 10s;
    case offence::broke_protocol: return 90s;
    }
    return 0s;
}

struct record {
    base::steady_time penalty_until{};
    base::steady_time last_failure{};
    base::steady_time next_turn{}; ///< of an account
    unsigned failures = 0;
};

enum class scope : char { recipients = 'r', nuisance = 'n', network = 'f', pair = 'p', account = 'a' };

unsigned failures_of(const record* noted, base::steady_time now)
{
    return noted == nullptr || noted->last_failure + failures_fade_after <= now ? 0 : noted->failures;
}

/// How far the penalty is above `threshold`.
milliseconds excess(const record* noted, seconds threshold, base::steady_time now)
{
    if (noted == nullptr) return 0ms;
    const auto over = std::chrono::ceil<milliseconds>(noted->penalty_until - now - threshold);
    return std::clamp(over, 0ms, wait_max);
}

void weigh(record& noted, seconds penalty, base::steady_time now)
{
    noted.penalty_until = std::min(std::max(noted.penalty_until, now) + penalty, now + penalty_max);
}

bool faded(const record& noted, base::steady_time now)
{
    return noted.penalty_until <= now && failures_of(&noted, now) == 0;
}

} // namespace

/// Under the lock.
struct local_throttle::table {
    table(std::string_view key, std::size_t most)
        : records_max(std::max<std::size_t>(most, 1)), keyed(sasl::hash::sha_256, key), known(most)
    {
    }

    std::uint64_t print_of(scope what, const base::network_prefix& network, std::string_view account);
    std::uint64_t print_of(std::string_view account) { return print_of(scope::account, {}, account); }
    const record* find(std::uint64_t print) const;
    record& at(std::uint64_t print, base::steady_time now);
    void fail(std::uint64_t print, base::steady_time now);
    void relieve(std::uint64_t print, unsigned failures, base::steady_time now);
    bool knows(const attempt& tried);
    void make_room(base::steady_time now);

    /// All that a failure of this pair weighs on, but the pair itself.
    template <typename Each>
    void around(const attempt& tried, std::string_view account, Each each)
    {
        for (const auto& [network, factor] : base::networks_of(tried.address))
            each(print_of(scope::network, network, {}), factor);
        each(print_of(account), 1U);
    }
    std::uint64_t pair_of(const attempt& tried, std::string_view account)
    {
        return print_of(scope::pair, base::networks_of(tried.address).front().network, account);
    }

    const std::size_t records_max;
    std::mutex mutex;
    sasl::keyed_hmac keyed;
    std::unordered_map<std::uint64_t, record> records;
    known_networks known;
};

namespace {

std::string name_of(const attempt& tried)
{
    return auth::canonical_name(tried.user).value_or(std::string(tried.user));
}

} // namespace

local_throttle::local_throttle(std::string_view key, std::size_t records_max)
    : table_(std::make_unique<table>(key, records_max))
{
}

local_throttle::~local_throttle() = default;

void local_throttle::note_failure(const attempt& failed, base::steady_time now)
{
    const std::lock_guard hold(table_->mutex);
    const auto account = name_of(failed);
    table_->fail(table_->pair_of(failed, account), now);
    table_->around(failed, account, [&](std::uint64_t print, unsigned) { table_->fail(print, now); });
}

void local_throttle::note_success(const attempt& right, base::steady_time now)
{
    const std::lock_guard hold(table_->mutex);
    const auto account = name_of(right);
    const auto pair = table_->pair_of(right, account);
    const unsigned failures = failures_of(table_->find(pair), now);
    table_->records.erase(pair);
    if (failures > 0)
        table_->around(right, account,
                       [&](std::uint64_t print, unsigned) { table_->relieve(print, failures, now); });
    const auto network = base::networks_of(right.address).back().network;
    table_->known.remember(table_->print_of(account), table_->print_of(scope::network, network, {}));
}

void local_throttle::note(const base::address_octets& address, offence offence, base::steady_time now)
{
    const std::lock_guard hold(table_->mutex);
    for (const auto& [network, factor] : base::networks_of(address))
        weigh(table_->at(table_->print_of(scope::nuisance, network, {}), now), penalty_for(offence), now);
}

milliseconds local_throttle::note_unknown_recipient(const base::address_octets& address,
                                                    base::steady_time now)
{
    const std::lock_guard hold(table_->mutex);
    milliseconds longest = 0ms;
    for (const auto& [network, factor] : base::networks_of(address)) {
        auto& noted = table_->at(table_->print_of(scope::recipients, network, {}), now);
        weigh(noted, recipient_penalty, now);
        const auto above = noted.penalty_until - now - recipient_penalty * recipients_at_once * factor;
        const auto steps = std::chrono::ceil<seconds>(above) / recipient_penalty;
        longest = std::max(longest, recipient_delay_step * std::max<milliseconds::rep>(steps, 0));
    }
    return std::min(longest, recipient_delay_max);
}

void local_throttle::note_busy(const base::address_octets& address, base::steady_time now)
{
    const std::lock_guard hold(table_->mutex);
    for (const auto& [network, factor] : base::networks_of(address))
        weigh(table_->at(table_->print_of(scope::network, network, {}), now), busy_penalty, now);
}

milliseconds local_throttle::delay(const attempt& failed, base::steady_time now) const
{
    const std::lock_guard hold(table_->mutex);
    const auto account = name_of(failed);
    unsigned failures = failures_of(table_->find(table_->pair_of(failed, account)), now);
    // For known pairs too: else the time of the answer would say who is known there.
    for (const auto& [network, factor] : base::networks_of(failed.address)) {
        const auto* const noted = table_->find(table_->print_of(scope::network, network, {}));
        failures = std::max(failures, failures_of(noted, now) / factor);
    }
    return failures == 0 ? 0ms : delays[std::min<std::size_t>(failures, delays.size()) - 1];
}

std::optional<milliseconds> local_throttle::wait(const attempt& tried, base::steady_time now)
{
    const std::lock_guard hold(table_->mutex);
    if (table_->knows(tried)) return 0ms;
    const auto name = name_of(tried);
    auto longest = excess(table_->find(table_->pair_of(tried, name)), pair_threshold, now);
    for (const auto& [network, factor] : base::networks_of(tried.address))
        longest = std::max(longest, excess(table_->find(table_->print_of(scope::network, network, {})),
                                           network_threshold * factor, now));
    const auto account = table_->print_of(name);
    if (excess(table_->find(account), account_threshold, now) == 0ms) return longest;
    auto& turns = table_->at(account, now);
    const auto turn = std::max({now + longest, turns.next_turn});
    if (turn > now + wait_max) return std::nullopt;
    turns.next_turn = turn + guesses_apart;
    return std::chrono::ceil<milliseconds>(turn - now);
}

standing local_throttle::standing_of(const attempt& tried, base::steady_time now) const
{
    const std::lock_guard hold(table_->mutex);
    if (table_->knows(tried)) return standing::known;
    const auto account = name_of(tried);
    bool suspect = failures_of(table_->find(table_->pair_of(tried, account)), now) > 0;
    table_->around(tried, account, [&](std::uint64_t print, unsigned factor) {
        suspect = suspect || failures_of(table_->find(print), now) >= suspicious_failures * factor;
    });
    return suspect ? standing::suspect : standing::stranger;
}

bool local_throttle::refused(const base::address_octets& address, base::steady_time now) const
{
    const std::lock_guard hold(table_->mutex);
    const auto networks = base::networks_of(address);
    if (table_->known.knows_network(table_->print_of(scope::network, networks.back().network, {})))
        return false;
    return std::ranges::any_of(networks, [&](const base::network_share& share) {
        const auto* const noted = table_->find(table_->print_of(scope::nuisance, share.network, {}));
        return excess(noted, nuisance_threshold * share.factor, now) > 0ms;
    });
}

std::uint64_t local_throttle::table::print_of(scope what, const base::network_prefix& network,
                                              std::string_view account)
{
    std::string text(1, static_cast<char>(what));
    text.append(reinterpret_cast<const char*>(network.octets.data()), network.octets.size());
    text.append(1, static_cast<char>(network.bits)).append(account);
    const auto mac = keyed.digest_of(text);
    std::uint64_t print = 0;
    std::memcpy(&print, mac.data(), sizeof print);
    return print;
}

const record* local_throttle::table::find(std::uint64_t print) const
{
    const auto found = records.find(print);
    return found == records.end() ? nullptr : &found->second;
}

record& local_throttle::table::at(std::uint64_t print, base::steady_time now)
{
    if (records.size() >= records_max && !records.contains(print)) make_room(now);
    return records[print];
}

void local_throttle::table::fail(std::uint64_t print, base::steady_time now)
{
    auto& noted = at(print, now);
    weigh(noted, failure_penalty, now);
    noted.failures = failures_of(&noted, now) + 1;
    noted.last_failure = now;
}

void local_throttle::table::relieve(std::uint64_t print, unsigned failures, base::steady_time now)
{
    const auto found = records.find(print);
    if (found == records.end()) return;
    auto& noted = found->second;
    noted.penalty_until -= failures * failure_penalty;
    noted.failures -= std::min(noted.failures, failures);
    if (faded(noted, now)) records.erase(found);
}

bool local_throttle::table::knows(const attempt& tried)
{
    const auto network = base::networks_of(tried.address).back().network;
    return known.knows(print_of(name_of(tried)), print_of(scope::network, network, {}));
}

/// Forgets what has faded; where that is nothing, the mildest sixteenth: one pass then serves many new ones.
void local_throttle::table::make_room(base::steady_time now)
{
    std::erase_if(records, [now](const auto& entry) { return faded(entry.second, now); });
    if (records.size() < records_max) return;
    std::vector<base::steady_time> penalties;
    penalties.reserve(records.size());
    for (const auto& [print, noted] : records) penalties.push_back(noted.penalty_until);
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

void known_networks::remember(std::uint64_t account, std::uint64_t network)
{
    const auto found = by_account_.find(account);
    if (found == by_account_.end()) {
        if (entries_.size() >= accounts_max_) {
            for (const auto each : entries_.back().networks) forget(each);
            by_account_.erase(entries_.back().account);
            entries_.pop_back();
        }
        entries_.push_front({account, {}});
        by_account_[account] = entries_.begin();
    } else {
        entries_.splice(entries_.begin(), entries_, found->second);
    }
    auto& networks = entries_.front().networks;
    auto at = std::ranges::find(networks, network);
    if (at == networks.end()) {
        at = std::prev(networks.end());
        forget(*at);
        *at = network;
        ++users_of_[network];
    }
    std::rotate(networks.begin(), at, std::next(at));
}

bool known_networks::knows(std::uint64_t account, std::uint64_t network) const
{
    const auto found = by_account_.find(account);
    return found != by_account_.end() &&
           std::ranges::find(found->second->networks, network) != found->second->networks.end();
}

void known_networks::forget(std::uint64_t network)
{
    const auto found = users_of_.find(network);
    if (found != users_of_.end() && --found->second == 0) users_of_.erase(found);
}

} // namespace server
