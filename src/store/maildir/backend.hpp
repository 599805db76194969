// What the parts of the Maildir backend share: the seams, and what one process remembers.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "store/maildir/admission.hpp"
#include "store/maildir/directory_sync.hpp"
#include "store/maildir/name.hpp"
#include "store/maildir/place.hpp"
#include "store/maildir/quota.hpp"
#include "store/maildir/snapshots.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace store::maildir {

// Guards what is removed for its age against a clock that jumps.

/// Compares the wall clock with the steady one; safe from any thread.
class clock_watch {
public:
    clock_watch(const base::clock& clock, base::log& log);

    /// False for a day after the wall clock moved by over an hour against the steady clock: nothing may be
    /// removed for its age then, and there is time to put the clock right. A clock that was wrong before the
    /// start is not noticed.
    bool ages_can_be_trusted();

private:
    const base::clock& clock_;
    base::log& log_;
    std::mutex mutex_;
    base::wall_time wall_;
    base::steady_time steady_;
    base::steady_time trusted_from_;
};

// What is going on in this process: who has which maildrop since when, and which files are being written.

/// For the text of an in_use error; the kernel's lock decides, not this. Safe from any thread.
class open_sessions {
public:
    void begin(const std::string& path, base::wall_time now)
    {
        const std::lock_guard lock(mutex_);
        since_[path] = now;
    }
    void end(const std::string& path)
    {
        const std::lock_guard lock(mutex_);
        since_.erase(path);
    }
    /// Nothing where another process has it.
    std::optional<base::wall_time> since(const std::string& path)
    {
        const std::lock_guard lock(mutex_);
        const auto found = since_.find(path);
        return found == since_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    std::mutex mutex_;
    std::unordered_map<std::string, base::wall_time> since_;
};

/// Names in tmp/ that no sweep may take, however old they look. Safe from any thread.
class files_being_written {
public:
    void begin(const std::string& name)
    {
        const std::lock_guard lock(mutex_);
        names_.insert(name);
    }
    void end(const std::string& name)
    {
        const std::lock_guard lock(mutex_);
        names_.erase(name);
    }
    bool contains(std::string_view name)
    {
        const std::lock_guard lock(mutex_);
        return names_.contains(std::string(name));
    }

private:
    std::mutex mutex_;
    std::unordered_set<std::string> names_;
};

/// One for each maildir_store; its sessions and deliveries hold a reference. Safe from any thread.
struct backend {
    backend(disk::file_system& files, std::string root, const base::clock& with_clock, base::random& random,
            base::log& with_log, std::string_view host, std::uint64_t snapshot_octets_max)
        : clock(with_clock),
          log(with_log),
          places(files, std::move(root)),
          names(with_clock, random, host),
          skipped(with_log),
          snapshots(with_clock, random, with_log, skipped, snapshot_octets_max),
          quota(with_clock),
          ages(with_clock, with_log)
    {
    }

    const base::clock& clock;
    base::log& log;
    maildir::places places;
    name_maker names;
    directory_sync syncs;
    skipped_files skipped;
    maildir::snapshots snapshots;
    maildir::quota quota;
    clock_watch ages;
    open_sessions sessions;
    files_being_written writing;
};

} // namespace store::maildir
