// The least recently used goes first.
#include "store/maildir/snapshot_cache.hpp"

#include <utility>

namespace store::maildir {

std::shared_ptr<const snapshot> snapshot_cache::find(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    const auto found = by_path_.find(path);
    if (found == by_path_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->kept;
}

void snapshot_cache::put(const std::string& path, std::shared_ptr<const snapshot> kept)
{
    const std::uint64_t octets = kept->memory_octets() + path.size() + sizeof(entry);
    const std::lock_guard lock(mutex_);
    if (const auto old = by_path_.find(path); old != by_path_.end()) erase(old->second);
    if (octets > octets_max_) return;
    while (octets_ + octets > octets_max_) erase(std::prev(entries_.end()));
    entries_.push_front({path, std::move(kept), octets});
    by_path_.emplace(path, entries_.begin());
    octets_ += octets;
}

void snapshot_cache::forget(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    if (const auto old = by_path_.find(path); old != by_path_.end()) erase(old->second);
}

void snapshot_cache::erase(std::list<entry>::iterator which)
{
    octets_ -= which->octets;
    by_path_.erase(which->path);
    entries_.erase(which);
}

} // namespace store::maildir
