// What the machine says of this process and of the disk with the mail, for the metrics.
#pragma once

#include <cstdint>

namespace server {

/// Numbers that could not be had are 0.
struct machine_facts {
    double cpu_seconds = 0; ///< user and system time of all threads
    std::uint64_t resident_octets = 0;
    std::uint64_t virtual_octets = 0;
    std::uint64_t open_files = 0;
    std::uint64_t open_files_limit = 0;
    double start_time_seconds = 0; ///< since 1970

    std::uint64_t disk_octets = 0;
    std::uint64_t disk_free_octets = 0; ///< for others than root
    std::uint64_t disk_inodes = 0;      ///< 0: the file system has no table of them
    std::uint64_t disk_free_inodes = 0;
};

} // namespace server
