// Room in a maildrop: who may still put how much into it.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/values.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

namespace store::maildir {

/// Keeps count of what was delivered since a maildrop was last measured, so that not each delivery measures.
/// Nobody is refused but on a fresh measurement. Safe from any thread.
class quota {
public:
    using measurement = std::function<base::result<usage>()>;

    explicit quota(const base::clock& clock) : clock_(clock) {}

    /// Sets room for one message aside, until settle(); over_quota where there is none.
    base::result<> reserve(const std::string& path, const maildrop_policy& policy, std::uint64_t octets,
                           const measurement& measure);
    /// The message that room was reserved for has been `delivered`, or never will be.
    void settle(const std::string& path, std::uint64_t octets, bool delivered);
    /// over_quota where reserve() would say so.
    base::result<> check(const std::string& path, const maildrop_policy& policy, std::uint64_t octets,
                         const measurement& measure);

private:
    struct account {
        usage measured;
        base::steady_time measured_at;
        usage since;   ///< delivered after the measurement
        usage pending; ///< reserved
        bool known = false;
    };

    base::result<> fits(std::unique_lock<std::mutex>& lock, const std::string& path,
                        const maildrop_policy& policy, std::uint64_t octets, const measurement& measure);

    const base::clock& clock_;
    std::mutex mutex_;
    std::unordered_map<std::string, account> accounts_;
};

} // namespace store::maildir
