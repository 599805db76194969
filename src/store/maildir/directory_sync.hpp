// Many deliveries, one fsync: those who wait for the same directory share it.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace store::maildir {

/// Syncs directories; safe from any thread.
class directory_sync {
public:
    /// Syncs `directory`, which lies at `path`. On return a sync has ended that began after the call did: one
    /// of this caller, or one that another caller with the same path made for both. Its error is that of
    /// everyone it served, and nobody repeats it.
    base::result<> sync(const std::string& path, disk::directory& directory);

private:
    struct batch {
        std::optional<base::result<>> outcome;
    };
    struct queue {
        std::shared_ptr<batch> next = std::make_shared<batch>(); ///< the sync that has not begun
        bool running = false;
        std::size_t users = 0;
        std::condition_variable changed;
    };

    std::mutex mutex_;
    std::map<std::string, queue> queues_; ///< of the paths that someone waits for now
};

} // namespace store::maildir
