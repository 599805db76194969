// One file of a sealed database as SQLite sees it: its main file or its write-ahead log.
#pragma once

#include "disk/sealed/page_cipher.hpp"

#include <sqlite3.h>

namespace disk {

constexpr int sealed_page_octets = 4096; // SQLite's own default; the only size that sealed files have

/// Lies in memory that SQLite gives and takes back; the file under it lies behind it.
struct sealed_database_file {
    sqlite3_file seen; ///< first: this is what SQLite holds
    const page_cipher* cipher;
    sqlite3_vfs* vfs; ///< below
    const char* name; ///< SQLite's, as long as the file is open
    bool is_log;
    /// SQLite writes a frame's head and its page one after the other; they are sealed together. -1: none waits.
    sqlite3_int64 waiting_frame;
    unsigned char waiting_head[24];

    sqlite3_file* under() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

/// Opens `under` through `vfs`; for main files and logs only, else SQLITE_CANTOPEN.
int open_sealed_database_file(sqlite3_vfs* vfs, const page_cipher& cipher, const char* name,
                              sqlite3_file* into, int flags, int* flags_out);

} // namespace disk
