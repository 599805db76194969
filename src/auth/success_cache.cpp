// Remembers for a minute which passwords were right, without keeping one.
#include "auth/success_cache.hpp"

namespace auth {

success_cache::success_cache(std::string_view key, std::chrono::seconds kept_for, std::size_t entries_max)
    : kept_for_(kept_for), entries_max_(entries_max), hmac_(sasl::hash::sha_256, key)
{
}

std::optional<account> success_cache::find(const credentials& asked, std::uint64_t generation,
                                           base::steady_time now)
{
    if (kept_for_.count() == 0) return std::nullopt;
    const std::lock_guard hold(mutex_);
    const std::string print = print_of(asked);
    drop_void(generation, now);
    const auto found = by_print_.find(print);
    if (found == by_print_.end()) return std::nullopt;
    return found->second->authenticated;
}

void success_cache::insert(const credentials& right, const account& authenticated, std::uint64_t generation,
                           base::steady_time now)
{
    if (kept_for_.count() == 0 || entries_max_ == 0) return;
    const std::lock_guard hold(mutex_);
    if (generation < generation_) return;
    std::string print = print_of(right);
    drop_void(generation, now);
    if (by_print_.contains(print)) return;
    if (entries_.size() >= entries_max_) {
        by_print_.erase(entries_.front().print);
        entries_.pop_front();
    }
    entries_.push_back({std::move(print), authenticated, now + kept_for_});
    by_print_.emplace(entries_.back().print, std::prev(entries_.end()));
}

std::string success_cache::print_of(const credentials& credentials)
{
    std::string text; // each part with its length before it: no two questions make the same text
    for (const std::string_view part :
         {credentials.user, credentials.mechanism, credentials.service, credentials.password}) {
        text += std::to_string(part.size()) + ":";
        text += part;
    }
    return hmac_.digest_of(text);
}

void success_cache::drop_void(std::uint64_t generation, base::steady_time now)
{
    if (generation > generation_) {
        by_print_.clear();
        entries_.clear();
        generation_ = generation;
    }
    while (!entries_.empty() && entries_.front().until <= now) {
        by_print_.erase(entries_.front().print);
        entries_.pop_front();
    }
}

} // namespace auth
