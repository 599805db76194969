// Attempts and searches in turn.
#include "store/maildir/locations.hpp"

#include "store/maildir/name.hpp"
#include "store/maildir/resolve.hpp"

#include <utility>

namespace store::maildir {

base::result<> locations::act_on(std::string_view key, const action& act)
{
    auto where = last_seen(key);
    for (int searches = 0;; ++searches) {
        if (where) {
            auto outcome = act(*where);
            if (outcome || outcome.error().kind != base::failure::vanished) return outcome;
        }
        if (searches == rescans_max) return base::fail(moved_too_fast(key));
        auto found = search(key, where);
        if (!found) return base::fail(found.error());
        if (!*found) {
            forget(key);
            return base::fail(
                {.kind = base::failure::vanished,
                 .temporary = false,
                 .peer_text = {},
                 .operator_text = "message '" + std::string(key) + "' is no longer in any folder"});
        }
        where = std::move(*found);
    }
}

void locations::remember(std::string_view key, location where)
{
    const std::lock_guard lock(mutex_);
    known_.insert_or_assign(std::string(key), std::move(where));
}

void locations::remember(const std::shared_ptr<open_folder>& folder, const found_names& found)
{
    const std::lock_guard lock(mutex_);
    for (const found_name& one : found.names) {
        const auto info = found.name(one).substr(one.base_octets);
        known_.insert_or_assign(std::string(found.base(one)),
                                location{folder, one.folder, std::string(info)});
    }
}

void locations::forget(std::string_view key)
{
    const std::lock_guard lock(mutex_);
    known_.erase(std::string(key));
}

std::optional<location> locations::last_seen(std::string_view key)
{
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(std::string(key));
    return found == known_.end() ? std::nullopt : std::optional(found->second);
}

base::result<std::optional<location>> locations::search(std::string_view key,
                                                        const std::optional<location>& last)
{
    // Most often only the marks changed.
    if (last) {
        auto found = search_folder(key, last->in);
        if (!found || *found) return found;
    }
    // Twice: it may move from a folder that was not searched yet to one that was.
    for (int pass = 0; pass < 2; ++pass) {
        auto all = folders_.all();
        if (!all) return base::fail(all.error());
        for (const auto& folder : *all) {
            auto found = search_folder(key, folder);
            if (!found || *found) return found;
        }
        if (all->size() == 1) break;
    }
    return std::nullopt;
}

base::result<std::optional<location>> locations::search_folder(std::string_view key,
                                                               const std::shared_ptr<open_folder>& folder)
{
    const auto scanned = scan_names(folder->at, clock_);
    if (!scanned) return base::fail(scanned.error());
    remember(folder, scanned->found);
    const auto* const found = find_base(scanned->found, key);
    if (found == nullptr) return std::nullopt;
    const auto info = scanned->found.name(*found).substr(found->base_octets);
    return location{folder, found->folder, std::string(info)};
}

} // namespace store::maildir
