// SQLite behind owners and results.
#include "ledger/database.hpp"

#include "disk/sealed/sealed_database_file.hpp"
#include "disk/sealed/sealed_vfs.hpp"
#include "disk/sealed/whole_mappings.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace ledger {

namespace {

constexpr int busy_milliseconds = 10'000; // a fetch commits in far less; longer means that someone hangs

base::error wrong_key(const std::string& path)
{
    return {.kind = base::failure::credentials,
            .temporary = false,
            .peer_text = "a file of the archive does not open with its key",
            .operator_text = path + " was encrypted with another key, or its beginning was changed"};
}

base::error damaged(const std::string& path, std::string_view reason)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = "a file of the archive is damaged",
            .operator_text = path + " is damaged: " + std::string(reason)};
}

base::failure kind_of(int code)
{
    if (code == SQLITE_IOERR_DATA) return base::failure::malformed; // a sealed page that was changed
    if (code == SQLITE_IOERR_SHMSIZE || (code == SQLITE_IOERR_SHMMAP && disk::mapping_found_no_room()))
        return base::failure::no_space;
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return base::failure::in_use;
    case SQLITE_FULL: return base::failure::no_space;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR: // our statements are constants: what they do not find, the file lacks
        return base::failure::malformed;
    case SQLITE_TOOBIG: return base::failure::too_large;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE: return base::failure::internal;
    default: return base::failure::storage;
    }
}

/// SQLite opens a file whose header names a later way of writing, and refuses the first write to it as if it were
/// read-only. Nothing that we write has such a header (SQLite file format, 1.3.3).
bool names_a_later_format(sqlite3* handle)
{
    constexpr std::size_t write_version = 18;
    constexpr char latest = 2; // a write-ahead log
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file)) !=
        SQLITE_OK)
        return false;
    if (file == nullptr || file->pMethods == nullptr) return false;
    std::array<char, 100> header{}; // as SQLite reads it: a sealed file gives nothing smaller
    const int read = file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0);
    return read == SQLITE_OK && static_cast<unsigned char>(header[write_version]) > latest;
}

/// A power cut came while its first page was written, before it had a log: nothing was ever in it.
bool was_never_finished(disk::file_system& files, const std::string& path)
{
    const auto folder = files.open(folder_of(path));
    if (!folder) return false;
    const auto file = (*folder)->status(file_name_of(path));
    const auto log = (*folder)->status(file_name_of(path) + "-wal");
    return file && file->octets <= disk::sealed_page_octets && !log &&
           log.error().kind == base::failure::vanished;
}

/// SQLite would make the file for everyone to read; -wal and -shm take the mode of the file.
base::result<> make_private(disk::file_system& files, const std::string& path)
{
    auto directory = files.open(folder_of(path));
    if (!directory) return base::fail(directory.error());
    if (auto made = (*directory)->create(file_name_of(path)); made)
        return (*directory)->sync();
    else if (made.error().kind != base::failure::exists)
        return base::fail(made.error());
    return {};
}

constexpr std::string_view settings_for_all = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                                              "PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL;";

} // namespace

std::string folder_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == path.npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string file_name_of(const std::string& path)
{
    return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

base::result<std::unique_ptr<database>> database::open(const own_disk& disk, const std::string& path,
                                                       durability promise, const database_key& key)
{
    if (key && key->size() != disk::sealed_vfs::key_octets)
        return base::fail(
            base::error{base::failure::refused, false, "", path + ": the key is of the wrong length"});
    if (auto made = make_private(disk.files, path); !made) return base::fail(made.error());
    static const bool mapped_whole =
        (disk::map_whole_files_only(), true); // before SQLite has threads of ours in it
    static_cast<void>(mapped_whole);
    auto sealed = key ? std::make_unique<disk::sealed_vfs>(*key, disk.vfs) : nullptr;
    sqlite3* handle = nullptr;
    const int opened = sqlite3_open_v2(path.c_str(), &handle,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
                                       sealed ? sealed->name() : disk.vfs);
    std::unique_ptr<database> file(new database(handle, path, std::move(sealed)));
    // Opening reads the first page.
    if (key && opened != SQLITE_OK && sqlite3_extended_errcode(handle) == SQLITE_IOERR_DATA)
        return base::fail(was_never_finished(disk.files, path) ? damaged(path, "it was never finished")
                                                               : wrong_key(path));
    if (opened != SQLITE_OK) return base::fail(file->failure_of(opened));
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busy_milliseconds);
    if (key)
        if (const int prepared = disk::sealed_vfs::prepare(handle); prepared != SQLITE_OK)
            return base::fail(file->failure_of(prepared));
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    if (auto set = file->execute(settings_for_all); !set) return base::fail(set.error());
    const bool full = promise == durability::full;
    if (auto set = file->execute(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"); !set)
        return base::fail(set.error());
    if (sqlite3_db_readonly(handle, "main") == 1 && names_a_later_format(handle))
        return base::fail(damaged(path, "its header names a later form of SQLite's files"));
    return file;
}

base::result<std::unique_ptr<database>> database::open_damaged(const own_disk& disk, const std::string& path)
{
    constexpr int steps_between_looks = 1'000'000;
    constexpr unsigned looks_max =
        1'000; // a thousand million steps: more than a sound ledger of ten million records takes
    sqlite3* handle = nullptr;
    const int opened = sqlite3_open_v2(
        path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, disk.vfs);
    std::unique_ptr<database> file(new database(handle, path, nullptr));
    if (opened != SQLITE_OK) return base::fail(file->failure_of(opened));
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    for (const int setting :
         {SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_ENABLE_TRIGGER})
        sqlite3_db_config(handle, setting, 0, nullptr);
    sqlite3_progress_handler(
        handle, steps_between_looks,
        [](void* self) { return ++static_cast<database*>(self)->looks_ > looks_max ? 1 : 0; }, file.get());
    return file;
}

database::database(sqlite3* handle, std::string path, std::unique_ptr<disk::sealed_vfs> sealed)
    : sealed_(std::move(sealed)), handle_(handle), path_(std::move(path))
{
}

database::~database()
{
    sqlite3_close_v2(handle_);
}

base::error database::failure_of(int code) const
{
    const base::failure kind = kind_of(code);
    // The connection's text is that of its last call, which may be a later one.
    const bool last = handle_ != nullptr && sqlite3_extended_errcode(handle_) == code;
    const std::string text = last ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    if (kind == base::failure::malformed) {
        met_damage_ = true;
        auto error = damaged(path_, text);
        if (!remedy_.empty()) error.operator_text += ": " + remedy_;
        return error;
    }
    if (kind == base::failure::in_use)
        return {.kind = kind,
                .temporary = true,
                .peer_text = "the archive is in use by another program",
                .operator_text = path_ + " has been held by another program for 10 seconds: try later"};
    if (kind == base::failure::no_space)
        return {.kind = kind,
                .temporary = true,
                .peer_text = "the disk is full",
                .operator_text = path_ + ": the disk is full: make room, and run it again (SQLite code " +
                                 std::to_string(code) + ")"};
    return {.kind = kind,
            .temporary = kind == base::failure::storage,
            .peer_text = "the archive cannot be used",
            .operator_text = path_ + ": " + text + " (SQLite code " + std::to_string(code) + ")"};
}

base::result<> database::execute(std::string_view sql)
{
    const int code = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return base::fail(failure_of(code));
    return {};
}

std::int64_t database::last_row() const
{
    return sqlite3_last_insert_rowid(handle_);
}

std::int64_t database::changes() const
{
    return sqlite3_changes64(handle_);
}

base::result<> database::check()
{
    statement asked(*this, "PRAGMA integrity_check(1)");
    auto row = asked.step();
    if (!row) return base::fail(row.error());
    if (*row && asked.text(0) == "ok") return {};
    met_damage_ = true;
    return base::fail(damaged(path_, *row ? asked.text(0) : "no answer"));
}

base::result<std::int64_t> database::schema_version()
{
    statement asked(*this, "PRAGMA user_version");
    auto row = asked.step();
    if (!row) return base::fail(row.error());
    return *row ? asked.integer(0) : 0;
}

base::result<> database::set_schema_version(std::int64_t version)
{
    return execute("PRAGMA user_version = " + std::to_string(version));
}

base::result<> database::expect_schema(std::span<const std::string_view> texts)
{
    // Indexes that SQLite makes for UNIQUE have no text.
    statement asked(*this, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL");
    std::vector<std::string> found;
    for (;;) {
        auto row = asked.step();
        if (!row) return base::fail(row.error());
        if (!*row) break;
        found.emplace_back(asked.text(0));
        if (found.size() > texts.size()) break;
    }
    std::vector<std::string> expected(texts.begin(), texts.end());
    std::ranges::sort(found);
    std::ranges::sort(expected);
    if (found == expected) return {};
    met_damage_ = true;
    return base::fail(damaged(path_, "its tables are not ours"));
}

statement::statement(database& database, std::string_view sql) : of_(&database)
{
    trouble_ = sqlite3_prepare_v3(database.native(), sql.data(), static_cast<int>(sql.size()),
                                  SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
}

statement::~statement()
{
    sqlite3_finalize(handle_);
}

statement::statement(statement&& other) noexcept
    : of_(other.of_), handle_(std::exchange(other.handle_, nullptr)), trouble_(other.trouble_)
{
}

statement& statement::bind(int parameter, std::int64_t value)
{
    if (trouble_ == SQLITE_OK) trouble_ = sqlite3_bind_int64(handle_, parameter, value);
    return *this;
}

statement& statement::bind(int parameter, std::string_view text)
{
    if (trouble_ == SQLITE_OK)
        trouble_ = sqlite3_bind_text64(handle_, parameter, text.empty() ? "" : text.data(), text.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

statement& statement::bind_octets(int parameter, std::string_view octets)
{
    if (trouble_ == SQLITE_OK)
        trouble_ = sqlite3_bind_blob64(handle_, parameter, octets.empty() ? "" : octets.data(), octets.size(),
                                       SQLITE_TRANSIENT);
    return *this;
}

statement& statement::bind_null(int parameter)
{
    if (trouble_ == SQLITE_OK) trouble_ = sqlite3_bind_null(handle_, parameter);
    return *this;
}

base::result<bool> statement::step()
{
    if (trouble_ != SQLITE_OK) return base::fail(of_->failure_of(trouble_));
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    auto error = of_->failure_of(code);
    sqlite3_reset(handle_);
    return base::fail(std::move(error));
}

base::result<> statement::run()
{
    for (;;) {
        auto row = step();
        if (!row) return base::fail(row.error());
        if (!*row) break;
    }
    reset();
    return {};
}

void statement::reset()
{
    sqlite3_reset(handle_);
}

std::int64_t statement::integer(int column) const
{
    return sqlite3_column_int64(handle_, column);
}

std::string_view statement::text(int column) const
{
    // As a blob: asked for text, SQLite would convert, and stop at nothing for a NUL inside.
    const auto* const octets = static_cast<const char*>(sqlite3_column_blob(handle_, column));
    if (octets == nullptr) return {};
    return {octets, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

bool statement::is_null(int column) const
{
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

transaction::transaction(database& database) : in_(database), begun_(database.execute("BEGIN IMMEDIATE"))
{
    over_ = !begun_;
}

transaction::~transaction()
{
    if (!over_) (void)in_.execute("ROLLBACK");
}

base::result<> transaction::begun() const
{
    return begun_;
}

base::result<> transaction::commit()
{
    if (!begun_) return begun_;
    auto done = in_.execute("COMMIT");
    if (done) over_ = true; // else the destructor rolls back: SQLite may keep it open (SQLITE_BUSY)
    return done;
}

} // namespace ledger
