// What the parts of the Maildir backend share: the seams, and what one process remembers.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "store/maildir/admission.hpp"
#include "store/maildir/clock_watch.hpp"
#include "store/maildir/directory_sync.hpp"
#include "store/maildir/name.hpp"
#include "store/maildir/place.hpp"
#include "store/maildir/quota.hpp"
#include "store/maildir/registers.hpp"
#include "store/maildir/snapshots.hpp"

#include <string>
#include <string_view>

namespace store::maildir {

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
