// Snapshots in memory: the last used, as many as fit.
#pragma once

#include "store/maildir/snapshot.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace store::maildir {

/// Safe from any thread.
class snapshot_cache {
public:
    explicit snapshot_cache(std::uint64_t octets_max) : octets_max_(octets_max) {}

    /// Null where there is none.
    std::shared_ptr<const snapshot> find(const std::string& path);
    /// Keeps it, and forgets the longest unused until all fit; one that alone is too large is not kept.
    void put(const std::string& path, std::shared_ptr<const snapshot> kept);
    void forget(const std::string& path);

private:
    struct entry {
        std::string path;
        std::shared_ptr<const snapshot> kept;
        std::uint64_t octets;
    };

    void erase(std::list<entry>::iterator which);

    const std::uint64_t octets_max_;
    std::mutex mutex_;
    std::list<entry> entries_; ///< the last used first
    std::unordered_map<std::string, std::list<entry>::iterator> by_path_;
    std::uint64_t octets_ = 0;
};

} // namespace store::maildir
