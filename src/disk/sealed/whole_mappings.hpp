// SQLite's shared memory on a disk that is nearly full.
#pragma once

namespace disk {

/// Lets SQLite map only files that have all their blocks. It makes its -shm file by writing one octet into each 4 KiB,
/// which leaves holes where blocks are smaller; on a full disk a write into such a hole is no error but SIGBUS. From
/// now on that mapping fails instead, and the call that wanted it says so. May be called any number of times.
void map_whole_files_only();

/// The last mapping of this thread failed because the disk is full.
bool mapping_found_no_room();

} // namespace disk
