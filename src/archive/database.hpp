// SQLite with owners and results: statements, transactions, and the one way this room opens a file.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace archive {

class database;

/// A prepared statement. Parameters count from 1, columns from 0, as SQLite has it. Text views live until the next step.
class statement {
public:
    statement(database& of, std::string_view sql);
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
    database& of_;
    sqlite3_stmt* handle_ = nullptr;
};

/// How much a commit promises: `full` survives a power cut (synchronous=FULL, WAL), `normal` survives a crash of the
/// programme and never corrupts: for what can be made again.
enum class durability { full, normal };

/// A key for an encrypted file (see docs/formats.md), or none.
using database_key = std::optional<std::string>;

class database {
public:
    /// Opens or makes the file. `malformed` where it is no database or fails SQLite's own check: the caller rebuilds.
    static base::result<std::unique_ptr<database>> open(const std::string& path, durability promise,
                                                        const database_key& key);
    ~database();
    database(const database&) = delete;
    database& operator=(const database&) = delete;

    base::result<> execute(std::string_view sql); ///< one or more statements without rows
    std::int64_t last_row() const;
    std::int64_t changes() const;
    sqlite3* native() const { return handle_; }
    /// PRAGMA integrity_check: `malformed` with what it says.
    base::result<> check();

private:
    explicit database(sqlite3* handle) : handle_(handle) {}
    sqlite3* handle_;
};

/// Begun by its constructor (BEGIN IMMEDIATE), rolled back unless committed.
class transaction {
public:
    explicit transaction(database& in);
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

} // namespace archive
