// The methods that SQLite calls, over the nodes of the simulation.
#include "simulated_vfs.hpp"

#include "ledger/database.hpp"
#include "support/simulation.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace fault {

using support::node;
using support::node_pointer;
using support::simulation;

struct simulated_vfs::parts {
    explicit parts(support::simulated_disk& disk)
        : state(disk.state()), name("simulated-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)))
    {
    }

    sqlite3_vfs seen{};
    std::shared_ptr<simulation> state;
    std::string name;
    std::set<const node*> databases; ///< open ones
};

namespace {

constexpr std::size_t page_octets = 4096;

/// What is open; SQLite holds a pointer to it.
struct simulated_database_file {
    simulated_vfs::parts* whose;
    node_pointer node;
    std::string path;             ///< empty: a temporary file, with which nothing can go wrong
    bool name_is_durable = false; ///< else the next sync is one of the directory, too
    std::vector<std::vector<char>> shared{};
};

struct seen_file {
    sqlite3_file base; ///< first: this is what SQLite holds
    simulated_database_file* file;
};

simulated_database_file& self(sqlite3_file* seen)
{
    return *reinterpret_cast<seen_file*>(seen)->file;
}

simulated_vfs::parts& parts_of(sqlite3_vfs* seen)
{
    return *static_cast<simulated_vfs::parts*>(seen->pAppData);
}

bool power_is_off(const simulation& state)
{
    return state.failing && state.failing->power;
}

/// The errno with which the operation must fail, or 0.
int begin(simulated_database_file& file, const char* doing)
{
    return file.path.empty() ? 0 : file.whose->state->begin(doing + (" " + file.path), true);
}

int sync_names(simulation& state, const std::string& path)
{
    const std::string folder = ledger::folder_of(path);
    const int number = state.begin("fsync " + folder, true);
    if (number == 0)
        state.sync(*state.find(folder), folder);
    else if (!power_is_off(state))
        fail_sync(*state.find(folder));
    return number;
}

// --- files

int close_file(sqlite3_file* seen)
{
    const std::unique_ptr<simulated_database_file> file(&self(seen));
    const std::lock_guard guard(file->whose->state->mutex);
    file->whose->databases.erase(file->node.get());
    return SQLITE_OK;
}

int read_file(sqlite3_file* seen, void* into, int count, sqlite3_int64 at)
{
    simulated_database_file& file = self(seen);
    const std::lock_guard guard(file.whose->state->mutex);
    const std::string& from = file.node->contents;
    const auto offset = static_cast<std::size_t>(at), wanted = static_cast<std::size_t>(count);
    const std::size_t got = offset < from.size() ? std::min(wanted, from.size() - offset) : 0;
    std::memset(into, 0, wanted);
    std::memcpy(into, from.data() + std::min(offset, from.size()), got);
    return got == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* seen, const void* from, int count, sqlite3_int64 at)
{
    simulated_database_file& file = self(seen);
    const std::lock_guard guard(file.whose->state->mutex);
    const int number = begin(file, "write");
    if (number == 0 || !power_is_off(*file.whose->state)) {
        const auto octets = static_cast<std::size_t>(count) / (number == 0 ? 1 : 2);
        write_at(*file.node, {static_cast<const char*>(from), octets}, static_cast<std::size_t>(at));
        file.node->modified = file.whose->state->clock.now();
    }
    if (number == ENOSPC) return SQLITE_FULL;
    return number == 0 ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

int shorten_file(sqlite3_file* seen, sqlite3_int64 size)
{
    simulated_database_file& file = self(seen);
    const std::lock_guard guard(file.whose->state->mutex);
    if (begin(file, "shorten") != 0) return SQLITE_IOERR_TRUNCATE;
    file.node->contents.resize(static_cast<std::size_t>(size), '\0');
    file.node->modified = file.whose->state->clock.now();
    return SQLITE_OK;
}

int sync_file(sqlite3_file* seen, int)
{
    simulated_database_file& file = self(seen);
    simulation& state = *file.whose->state;
    const std::lock_guard guard(state.mutex);
    const int number = begin(file, "fsync");
    if (number == 0)
        state.sync(*file.node, file.path);
    else if (!power_is_off(state))
        fail_sync(*file.node);
    if (number != 0) return SQLITE_IOERR_FSYNC;
    // As SQLite's own does, without a look at how that ended.
    if (!file.path.empty() && !file.name_is_durable) static_cast<void>(sync_names(state, file.path));
    file.name_is_durable = true;
    return SQLITE_OK;
}

int size_of_file(sqlite3_file* seen, sqlite3_int64* size)
{
    const std::lock_guard guard(self(seen).whose->state->mutex);
    *size = static_cast<sqlite3_int64>(self(seen).node->contents.size());
    return SQLITE_OK;
}

int map_shared(sqlite3_file* seen, int region, int size, int extend, void volatile** out)
{
    auto& shared = self(seen).shared;
    const auto number = static_cast<std::size_t>(region);
    *out = nullptr;
    if (number >= shared.size() && extend == 0) return SQLITE_OK;
    while (number >= shared.size()) shared.emplace_back(static_cast<std::size_t>(size));
    *out = shared[number].data();
    return SQLITE_OK;
}

// Version 2: with shared memory for the log.
constexpr sqlite3_io_methods methods{
    2,
    close_file,
    read_file,
    write_file,
    shorten_file,
    sync_file,
    size_of_file,
    [](sqlite3_file*, int) { return SQLITE_OK; }, // lock, unlock, is it locked
    [](sqlite3_file*, int) { return SQLITE_OK; },
    [](sqlite3_file*, int* held) { return *held = 0, SQLITE_OK; },
    [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }, // file control
    [](sqlite3_file*) { return static_cast<int>(page_octets); },
    [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; },
    map_shared,
    [](sqlite3_file*, int, int, int) { return SQLITE_OK; },
    [](sqlite3_file*) { std::atomic_thread_fence(std::memory_order_seq_cst); },
    [](sqlite3_file* seen, int) { return self(seen).shared.clear(), SQLITE_OK; },
    nullptr,
    nullptr};

// --- names

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* into, int flags, int* flags_out)
{
    auto& of = parts_of(vfs);
    simulation& state = *of.state;
    const std::lock_guard guard(state.mutex);
    into->pMethods = nullptr;
    simulated_database_file file{.whose = &of, .node = nullptr, .path = name == nullptr ? "" : name};
    if (name != nullptr) file.node = state.find(file.path);
    const bool made = !file.node;
    if (made && name != nullptr) {
        const node_pointer folder = state.find(ledger::folder_of(file.path));
        if (!folder || (flags & SQLITE_OPEN_CREATE) == 0 || begin(file, "create") != 0)
            return SQLITE_CANTOPEN;
        file.node = state.make_node(disk::kind::regular);
        state.change(*folder, ledger::file_name_of(file.path), file.node);
    } else if (made) {
        file.node = state.make_node(disk::kind::regular);
    }
    if (file.node->kind != disk::kind::regular) return SQLITE_CANTOPEN;
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0 && !of.databases.insert(file.node.get()).second)
        return SQLITE_CANTOPEN;
    file.name_is_durable = !made;
    reinterpret_cast<seen_file*>(into)->file =
        std::make_unique<simulated_database_file>(std::move(file)).release();
    into->pMethods = &methods;
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
}

int remove_file(sqlite3_vfs* vfs, const char* name, int sync_directory)
{
    simulation& state = *parts_of(vfs).state;
    const std::lock_guard guard(state.mutex);
    if (!state.find(name)) return SQLITE_IOERR_DELETE_NOENT;
    if (state.begin(std::string("remove ") + name, true) != 0) return SQLITE_IOERR_DELETE;
    state.change(*state.find(ledger::folder_of(name)), ledger::file_name_of(name), nullptr);
    if (sync_directory != 0 && sync_names(state, name) != 0) return SQLITE_IOERR_DIR_FSYNC;
    return SQLITE_OK;
}

int look_for_file(sqlite3_vfs* vfs, const char* name, int what, int* answer)
{
    simulation& state = *parts_of(vfs).state;
    const std::lock_guard guard(state.mutex);
    const node_pointer found = state.find(name);
    *answer =
        found && (what != SQLITE_ACCESS_EXISTS || !found->contents.empty()) ? 1 : 0; // as SQLite's own says
    return SQLITE_OK;
}

int whole_path(sqlite3_vfs*, const char* name, int count, char* out)
{
    const std::string_view path(name);
    if (path.size() + 1 > static_cast<std::size_t>(count)) return SQLITE_CANTOPEN;
    std::memcpy(out, name, path.size() + 1);
    return SQLITE_OK;
}

} // namespace

simulated_vfs::simulated_vfs(support::simulated_disk& disk) : parts_(std::make_unique<parts>(disk))
{
    sqlite3_initialize();
    sqlite3_vfs& seen = parts_->seen;
    seen = *sqlite3_vfs_find(nullptr); // for what concerns no file
    seen.pNext = nullptr;
    seen.zName = parts_->name.c_str();
    seen.pAppData = parts_.get();
    seen.szOsFile = sizeof(seen_file);
    seen.xOpen = open_file;
    seen.xDelete = remove_file;
    seen.xAccess = look_for_file;
    seen.xFullPathname = whole_path;
    sqlite3_vfs_register(&seen, 0);
}

simulated_vfs::~simulated_vfs()
{
    sqlite3_vfs_unregister(&parts_->seen);
}

const char* simulated_vfs::name() const
{
    return parts_->name.c_str();
}

} // namespace fault
