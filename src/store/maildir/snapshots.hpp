// Snapshots of maildrops: from memory, from the cache file, or made anew.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "store/maildir/admission.hpp"
#include "store/maildir/snapshot.hpp"

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace store::maildir {

/// Snapshots in memory, by the maildrop's path. Safe from any thread.
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

/// Safe from any thread.
class snapshots {
public:
    snapshots(const base::clock& clock, base::random& random, base::log& log, skipped_files& skipped,
              std::uint64_t memory_octets_max)
        : clock_(clock), random_(random), log_(log), skipped_(skipped), cache_(memory_octets_max)
    {
    }

    /// What waits in the maildrop now. Three stat(2) calls where nothing has changed since the last time.
    /// `headers`: their header sections are known, too.
    base::result<std::shared_ptr<const snapshot>> of(folders& maildrop, bool headers);

    /// The same where it is in memory and still holds; waits for nothing. Null otherwise.
    std::shared_ptr<const snapshot> kept(folders& maildrop, bool headers);

    /// A name was found to lie about its file: forget what names told, and look at the files from now on.
    void distrust_names(folders& maildrop);

    std::uint64_t wanted() const { return wanted_; }
    std::uint64_t hits() const { return hits_; }

private:
    base::result<std::shared_ptr<const snapshot>> make(folders& maildrop, const unique_ids_state& imported,
                                                       const snapshot* previous, bool headers);
    bool distrusted(const std::string& path);

    const base::clock& clock_;
    base::random& random_;
    base::log& log_;
    skipped_files& skipped_;
    snapshot_cache cache_;
    std::atomic<std::uint64_t> wanted_ = 0;
    std::atomic<std::uint64_t> hits_ = 0;
    std::mutex mutex_;
    std::unordered_set<std::string> distrusted_;
};

} // namespace store::maildir
