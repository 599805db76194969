// What a server's processes have used, from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

namespace bench {

struct usage {
    double user_seconds = 0;
    double system_seconds = 0;
    std::uint64_t memory_octets = 0; ///< proportional share (Pss): pages that processes share count once
    std::size_t processes = 0;

    double seconds() const { return user_seconds + system_seconds; }
};

/// Of the processes named and all their descendants. Of a child that has ended its parent tells, once it has waited
/// for it: so a tree's time never goes back as long as its roots live. `with_memory` reads much more of /proc.
usage read_usage(std::span<const pid_t> roots, bool with_memory);

} // namespace bench
