// SQLite's own VFS with another way to open files.
#include "disk/sealed/sealed_vfs.hpp"

#include "disk/sealed/sealed_database_file.hpp"

#include <cstdint>

namespace disk {

struct sealed_vfs::parts {
    explicit parts(std::string_view key)
        : cipher(key), name("restante-sealed-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)))
    {
    }

    sqlite3_vfs seen{};
    sqlite3_vfs* under = nullptr;
    page_cipher cipher;
    std::string name; ///< SQLite finds it by that
};

namespace {

/// The VFS below is remembered beside the parts.
template <typename Parts>
Parts& parts_of(sqlite3_vfs* seen)
{
    return *static_cast<Parts*>(seen->pAppData);
}

} // namespace

sealed_vfs::sealed_vfs(std::string_view key, const char* under) : parts_(std::make_unique<parts>(key))
{
    sqlite3_initialize();
    sqlite3_vfs& seen = parts_->seen;
    parts_->under = sqlite3_vfs_find(under);
    seen = *parts_->under;
    seen.pNext = nullptr;
    seen.zName = parts_->name.c_str();
    seen.pAppData = parts_.get();
    seen.szOsFile = static_cast<int>(sizeof(sealed_database_file)) + parts_->under->szOsFile;
    seen.xOpen = [](sqlite3_vfs* self, const char* name, sqlite3_file* handle, int flags, int* flags_out) {
        auto& vfs = parts_of<parts>(self);
        return open_sealed_database_file(vfs.under, vfs.cipher, name, handle, flags, flags_out);
    };
    seen.xDelete = [](sqlite3_vfs* self, const char* name, int sync_directory) {
        auto& vfs = parts_of<parts>(self);
        return vfs.under->xDelete(vfs.under, name, sync_directory);
    };
    seen.xAccess = [](sqlite3_vfs* self, const char* name, int flags, int* answer) {
        auto& vfs = parts_of<parts>(self);
        return vfs.under->xAccess(vfs.under, name, flags, answer);
    };
    seen.xFullPathname = [](sqlite3_vfs* self, const char* name, int count, char* out) {
        auto& vfs = parts_of<parts>(self);
        return vfs.under->xFullPathname(vfs.under, name, count, out);
    };
    sqlite3_vfs_register(&seen, 0);
}

sealed_vfs::~sealed_vfs()
{
    sqlite3_vfs_unregister(&parts_->seen);
}

const char* sealed_vfs::name() const
{
    return parts_->name.c_str();
}

int sealed_vfs::prepare(sqlite3* database)
{
    const std::string settings = "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA page_size = " +
                                 std::to_string(sealed_page_octets);
    if (const int set = sqlite3_exec(database, settings.c_str(), nullptr, nullptr, nullptr); set != SQLITE_OK)
        return set;
    int reserved = page_cipher::trailer_octets;
    if (const int set = sqlite3_file_control(database, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
        set != SQLITE_OK)
        return set;
    sqlite3_stmt* asked = nullptr;
    int code = sqlite3_prepare_v2(database, "PRAGMA page_count", -1, &asked, nullptr);
    if (code == SQLITE_OK) code = sqlite3_step(asked);
    const bool is_new = code == SQLITE_ROW && sqlite3_column_int64(asked, 0) == 0;
    sqlite3_finalize(asked);
    if (code != SQLITE_ROW) return code;
    // The first page of a new file is written before it is in WAL mode: its journal holds nothing yet, and must not
    // become a file.
    return is_new ? sqlite3_exec(database, "PRAGMA journal_mode = MEMORY", nullptr, nullptr, nullptr)
                  : SQLITE_OK;
}

} // namespace disk
