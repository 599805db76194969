// How the archive reaches its own files: the ledger, the index, and what lies beside them.
#pragma once

#include "disk/file_system.hpp"

namespace ledger {

/// Given by the application; by tests, to cut the power under the mail and the ledger at once (decision 0164).
struct own_disk {
    disk::file_system& files; ///< outlives what is opened on it
    /// SQLite's name of a VFS that reaches the same files; null: SQLite's own, where `files` are the kernel's.
    const char* vfs = nullptr;
};

} // namespace ledger
