// Remembers for a minute which passwords were right, without keeping one.
#pragma once

#include "auth/account.hpp"
#include "base/clock.hpp"
#include "sasl/digest.hpp"

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace auth {

/// Everything that a verdict is about. Another user with the same password, or another mechanism, is another
/// question.
struct credentials {
    std::string_view user, mechanism, service, password;
};

/// Bounded, first in first out; every entry lives equally long. Thread-safe.
class success_cache {
public:
    /// `key` makes what is kept worthless outside of this process.
    success_cache(std::string_view key, std::chrono::seconds kept_for, std::size_t entries_max);

    /// Nothing where it was not right lately, or was right for users of another generation.
    std::optional<account> find(const credentials& asked, std::uint64_t generation, base::steady_time now);
    /// `generation` as it was before the users were asked: had they changed since, the entry is void at once.
    void insert(const credentials& right, const account& authenticated, std::uint64_t generation,
                base::steady_time now);

private:
    struct entry {
        std::string print;
        account authenticated;
        base::steady_time until;
    };
    std::string print_of(const credentials& credentials);
    void drop_void(std::uint64_t generation, base::steady_time now);

    const std::chrono::seconds kept_for_;
    const std::size_t entries_max_;
    std::mutex mutex_; // over all below
    sasl::keyed_hmac hmac_;
    std::uint64_t generation_ = 0;
    std::list<entry> entries_; ///< oldest first
    std::unordered_map<std::string_view, std::list<entry>::iterator> by_print_;
};

} // namespace auth
