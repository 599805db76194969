// Blocks before a mapping: fallocate(2) in front of SQLite's mmap(2).
#include "disk/sealed/whole_mappings.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/mman.h>

#include <cerrno>

namespace disk {

namespace {

thread_local bool no_room = false;

void* map_whole(void* address, std::size_t length, int protection, int flags, int file, off_t offset)
{
    const bool written_to = (protection & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0 && file >= 0;
    no_room = written_to && !disk::fill_holes(file, offset, length);
    if (!no_room) return ::mmap(address, length, protection, flags, file, offset);
    errno = ENOSPC;
    return MAP_FAILED;
}

} // namespace

void map_whole_files_only()
{
    // The VFS of the kernel's files; ours for encrypted files stands over it.
    sqlite3_vfs* const kernel = sqlite3_vfs_find("unix");
    if (kernel == nullptr || kernel->xSetSystemCall == nullptr) return;
    static_cast<void>(
        kernel->xSetSystemCall(kernel, "mmap", reinterpret_cast<sqlite3_syscall_ptr>(&map_whole)));
}

bool mapping_found_no_room()
{
    return no_room;
}

bool fill_holes(int descriptor, std::int64_t offset, std::size_t octets)
{
    while (::fallocate(descriptor, 0, offset, static_cast<off_t>(octets)) != 0) {
        if (errno == EINTR) continue;
        return errno != ENOSPC && errno != EDQUOT;
    }
    return true;
}

} // namespace disk
