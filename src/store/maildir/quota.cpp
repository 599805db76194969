// A running count between two measurements.
#include "store/maildir/quota.hpp"

namespace store::maildir {

namespace {

// What other programs add and remove shows at the latest after this time.
constexpr std::chrono::seconds measurement_age_max{10};
constexpr std::size_t accounts_max = 100'000;

bool is_limited(const maildrop_policy& policy)
{
    return policy.quota_octets || policy.quota_messages;
}

base::error never_fits()
{
    return {.kind = base::failure::over_quota,
            .temporary = false,
            .peer_text = {},
            .operator_text =
                "the message is larger than the whole quota of the maildrop: it can only be kept where the "
                "quota is raised"};
}

base::error over_quota()
{
    return {.kind = base::failure::over_quota,
            .temporary = true,
            .peer_text = {},
            .operator_text =
                "the maildrop is over its quota: its owner has to delete mail, or the quota to be raised"};
}

} // namespace

base::result<> quota::reserve(const std::string& path, const maildrop_policy& policy, std::uint64_t octets,
                              const measurement& measure)
{
    std::unique_lock lock(mutex_);
    if (auto room = fits(lock, path, policy, octets, measure); !room) return room;
    account& at = accounts_[path];
    at.pending.octets += octets;
    ++at.pending.messages;
    return {};
}

void quota::settle(const std::string& path, std::uint64_t octets, bool delivered)
{
    const std::lock_guard lock(mutex_);
    account& at = accounts_[path];
    at.pending.octets -= octets;
    --at.pending.messages;
    if (!delivered) return;
    at.since.octets += octets;
    ++at.since.messages;
}

base::result<> quota::check(const std::string& path, const maildrop_policy& policy, std::uint64_t octets,
                            const measurement& measure)
{
    std::unique_lock lock(mutex_);
    return fits(lock, path, policy, octets, measure);
}

base::result<> quota::fits(std::unique_lock<std::mutex>& lock, const std::string& path,
                           const maildrop_policy& policy, std::uint64_t octets, const measurement& measure)
{
    // A full table forgets the maildrops where nobody is delivering.
    if (accounts_.size() >= accounts_max)
        std::erase_if(accounts_, [](const auto& one) { return one.second.pending.messages == 0; });
    if (!is_limited(policy)) return {};
    if (policy.quota_octets && octets > *policy.quota_octets) return base::fail(never_fits());
    const auto has_room = [&] {
        const account& at = accounts_[path];
        const auto used_octets = at.measured.octets + at.since.octets + at.pending.octets;
        const auto used_messages = at.measured.messages + at.since.messages + at.pending.messages;
        return (!policy.quota_octets || used_octets + octets <= *policy.quota_octets) &&
               (!policy.quota_messages || used_messages + 1 <= *policy.quota_messages);
    };
    const account& kept = accounts_[path];
    if (kept.known && clock_.steady_now() - kept.measured_at < measurement_age_max && has_room()) return {};

    lock.unlock();
    const auto began = clock_.steady_now();
    const auto measured = measure();
    lock.lock();
    if (!measured) return base::fail(measured.error());
    account& at = accounts_[path];
    // What is pending may be in the measurement already and is counted twice then: rather a delivery put off
    // than a quota overrun.
    at = {.measured = *measured, .measured_at = began, .since = {}, .pending = at.pending, .known = true};
    if (!has_room()) return base::fail(over_quota());
    return {};
}

} // namespace store::maildir
