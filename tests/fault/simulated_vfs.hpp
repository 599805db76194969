// SQLite's way to the files of a simulated disk, so that its power can be cut under a database, too.
#pragma once

#include "ledger/database.hpp"
#include "support/simulated_disk.hpp"

#include <memory>

namespace fault {

/// What SQLite calls a VFS. Each write, sync, shortening, making and removal is an operation of the disk, as SQLite's
/// own VFS for the kernel does them: the first sync of a new journal or log syncs its directory, too. Reading and
/// asking are none. Temporary files are in memory.
///
/// A file can be open once at a time; locks are always given.
class simulated_vfs {
public:
    /// `disk` outlives this; databases are closed before.
    explicit simulated_vfs(support::simulated_disk& disk);
    ~simulated_vfs();
    simulated_vfs(const simulated_vfs&) = delete;
    simulated_vfs& operator=(const simulated_vfs&) = delete;

    /// The name under which SQLite knows it.
    const char* name() const;

    struct parts;

private:
    std::unique_ptr<parts> parts_;
};

} // namespace fault
