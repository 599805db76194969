// SQLite's shared memory on a disk that is nearly full.
#pragma once

#include <cstddef>
#include <cstdint>

namespace disk {

/// Lets SQLite map only files that have all their blocks. It makes its -shm file by writing one octet into each 4 KiB,
/// which leaves holes where blocks are smaller; on a full disk a write into such a hole is no error but SIGBUS. From
/// now on that mapping fails instead, and the call that wanted it says so. May be called any number of times.
void map_whole_files_only();

/// The last mapping of this thread failed because the disk is full.
bool mapping_found_no_room();

// Blocks for a part of a file, before somebody writes there who cannot be told that the disk is full.

/// Gives the open file all blocks of `octets` from `offset` on; what it holds stays, and it grows where that lies
/// behind its end. False where the disk or a quota is full. A file system that cannot do it leaves the holes.
bool fill_holes(int descriptor, std::int64_t offset, std::size_t octets);

} // namespace disk
