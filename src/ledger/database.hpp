// SQLite with owners and results: statements, transactions, and the one way this room opens a file.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace disk {
class sealed_vfs;
}

namespace ledger {

// How the archive reaches its own files: the ledger, the index, and what lies beside them.
/// Given by the application; by tests, to cut the power under the mail and the ledger at once (decision 0164).
struct own_disk {
    disk::file_system& files; ///< outlives what is opened on it
    /// SQLite's name of a VFS that reaches the same files; null: SQLite's own, where `files` are the kernel's.
    const char* vfs = nullptr;
};

class database;

/// So many messages or records are written in one commit: it costs a sync, and so many one second of work if it is
/// lost.
constexpr std::size_t commit_rows_max = 500;

/// The folder of a file's path ("." where it names none), and its name there.
std::string folder_of(const std::string& path);
std::string file_name_of(const std::string& path);

/// A prepared statement. Parameters count from 1, columns from 0, as SQLite has it. Text views live until the next
/// step. What cannot be prepared (the file lacks the table) tells so at its first step. Text and blobs bound are
/// copied.
class statement {
public:
    statement(database& database, std::string_view sql);
    ~statement();
    statement(statement&& other) noexcept;
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;

    statement& bind(int parameter, std::int64_t value);
    statement& bind(int parameter, std::string_view text);
    statement& bind_octets(int parameter, std::string_view octets);
    statement& bind_null(int parameter);

    /// True: a row is there. False: done. An error: of the disk or the file, `storage`, `no_space` or `malformed`.
    base::result<bool> step();
    /// step() to the end, then reset(): for what answers no rows.
    base::result<> run();
    void reset();

    std::int64_t integer(int column) const;
    std::string_view text(int column) const; ///< blobs too
    bool is_null(int column) const;

private:
    database* of_;
    sqlite3_stmt* handle_ = nullptr;
    int trouble_ = 0; ///< the first code of a prepare or bind that failed
};

/// How much a commit promises: `full` survives a power cut (synchronous=FULL, WAL), `normal` survives a crash of the
/// program and never corrupts: for what can be made again.
enum class durability { full, normal };

/// A key of 32 octets for an encrypted file (see docs/formats.md), or none.
using database_key = std::optional<std::string>;

/// One connection. One thread at a time; other threads and programs open the same file for themselves.
class database {
public:
    /// Opens or makes the file, mode 0600. `malformed` where it is no database. It is not read through: check() does
    /// that, else damage tells itself at a step. `credentials` where the key does not open its first page, unless that
    /// is all that a crash left. `in_use` after waiting 10 s for another program.
    static base::result<std::unique_ptr<database>> open(const own_disk& disk, const std::string& path,
                                                        durability promise, const database_key& key);
    /// Opens a file that may be damaged anywhere, to read what can be read: nothing is checked, views and triggers
    /// are off, and a statement that goes round in circles is ended.
    static base::result<std::unique_ptr<database>> open_damaged(const own_disk& disk,
                                                                const std::string& path);
    ~database();
    database(const database&) = delete;
    database& operator=(const database&) = delete;

    base::result<> execute(std::string_view sql); ///< one or more statements without rows
    std::int64_t last_row() const;
    std::int64_t changes() const;
    sqlite3* native() const { return handle_; }
    /// PRAGMA integrity_check: `malformed` with what it says.
    base::result<> check();
    /// What errors about damage say is to be done: the command that makes the file again.
    void set_remedy(std::string text) { remedy_ = std::move(text); }
    /// A call of this connection found the file damaged.
    bool met_damage() const { return met_damage_; }
    /// PRAGMA user_version: which schema the file has; 0 in a new file.
    base::result<std::int64_t> schema_version();
    base::result<> set_schema_version(std::int64_t version);
    /// The last failure of this connection as an error: `in_use`, `no_space`, `malformed`, `storage` or, where we asked
    /// for nonsense, `internal`.
    base::error failure_of(int code) const;
    /// The texts of all tables and indexes are these, in any order, and nothing else: a file that somebody else
    /// made, or bits that turned, could otherwise hold views and triggers that run when we read.
    base::result<> expect_schema(std::span<const std::string_view> texts);

private:
    database(sqlite3* handle, std::string path, std::unique_ptr<disk::sealed_vfs> sealed);

    std::unique_ptr<disk::sealed_vfs> sealed_; ///< under the handle, where the file is encrypted
    sqlite3* handle_;
    std::string path_;
    std::string remedy_;
    unsigned looks_ = 0; ///< of open_damaged()
    mutable bool met_damage_ = false;
};

/// Begun by its constructor (BEGIN IMMEDIATE), rolled back unless committed.
class transaction {
public:
    explicit transaction(database& database);
    ~transaction();
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;
    base::result<> begun() const;
    base::result<> commit();

private:
    database& in_;
    base::result<> begun_;
    bool over_ = false;
};

} // namespace ledger
