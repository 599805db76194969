// Encrypted SQLite databases: a layer under SQLite that seals what reaches the disk (decision 0060, docs/formats.md).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;

namespace disk {

/// What SQLite calls a VFS: open databases with name() while this object lives, and hand each to prepare() before
/// anything else is done with it. The pages of the main file and all of the write-ahead log are sealed with
/// XChaCha20-Poly1305; files of other kinds (rollback journals, temporary files) are refused, so that nothing plain can
/// come to the disk. An octet that was changed, and a wrong key, make the read fail with SQLITE_IOERR_DATA; but the log
/// ends at its first frame that is not whole, as SQLite has it. Any number of connections, threads and programs.
class sealed_vfs {
public:
    static constexpr std::size_t key_octets = 32;
    /// `key` has so many octets (sealing_key::sub_key); it is copied into guarded memory. `under`: the name of the VFS
    /// below, which must be registered; null: SQLite's own.
    sealed_vfs(std::string_view key, const char* under);
    /// After the last database was closed.
    ~sealed_vfs();
    sealed_vfs(const sealed_vfs&) = delete;
    sealed_vfs& operator=(const sealed_vfs&) = delete;

    /// For the last argument of sqlite3_open_v2.
    const char* name() const;

    /// Lets a new file leave the room that each sealed page needs, and keeps temporary data in memory. A new file
    /// must be turned to journal_mode = WAL next, and stay so. The SQLite code.
    static int prepare(sqlite3* database);

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace disk
