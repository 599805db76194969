// One file of a sealed database as SQLite sees it: its main file or its write-ahead log.
#pragma once

#include "disk/sealed/secret_octets.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <span>

namespace disk {

// Seals blocks of a database, each for its place.

/// A block that was copied to another place does not open there.
struct block_place {
    enum class kind : unsigned char { page = 'p', log_head = 'h', log_frame = 'f' };
    kind type;
    std::uint64_t number = 0;
};

class page_cipher {
public:
    static constexpr std::size_t trailer_octets = 24 + 16; // nonce and tag

    explicit page_cipher(std::string_view key) : key_(key) {}

    /// `sealed` is longer than `plain` by trailer_octets. A new random nonce each time.
    void seal(std::span<const unsigned char> plain, std::span<unsigned char> sealed, block_place place) const;
    /// False, and nothing told, where it is not what was sealed for that place with this key.
    bool open(std::span<const unsigned char> sealed, std::span<unsigned char> plain, block_place place) const;

private:
    disk::secret_octets key_;
};

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
                              sqlite3_file* handle, int flags, int* flags_out);

} // namespace disk
