// What lies on the simulated disk, twice: as the running system sees it, and as a power cut would leave it.
#pragma once

#include "disk/file_system.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// What a power cut leaves of the changes that no sync had made durable.
enum class survivors {
    synced_only, ///< nothing: neither contents nor names
    names_only,  ///< every name, but of the contents only what was synced: the empty files of old
    data_only,   ///< all contents, but only the names that were synced
    everything,  ///< all: as after kill -9, where the kernel lives on
    random, ///< a part, chosen by a seed: contents cut short or zeroed, sectors old or new, names in any order
};

struct node;
using node_pointer = std::shared_ptr<node>;

/// Names in an order that means nothing, as readdir(3) tells them.
struct arbitrary_order {
    using is_transparent = void;
    bool operator()(std::string_view left, std::string_view right) const;
};
using entries = std::map<std::string, node_pointer, arbitrary_order>;

/// A change to a name that is not durable: what the name then meant, null for a removal.
struct unsynced_change {
    node_pointer meant;
    std::uint64_t change = 0; ///< both names of a rename have one number: file systems keep it whole
    bool sync_failed = false; ///< a failed fsync has dropped it: later ones do not save it
};

struct node {
    disk::kind kind = disk::kind::regular;
    std::uint64_t inode = 0;
    std::uint32_t owner = 0;
    std::uint32_t mode = 0600;
    std::uint64_t links = 0;
    base::wall_time modified;

    std::string contents; // a file's, as cached
    std::string durable_contents;
    bool sync_failed = false;
    std::set<std::size_t>
        rewritten; // pages of contents, since a sync failed: the next one saves them, and no others

    entries names; // a directory's, as cached
    entries durable_names;
    std::map<std::string, std::vector<unsynced_change>> unsynced_names;
};

/// Lets `name` in `directory` mean `meant`; null removes it. `change` numbers what is done.
void set_name(node& directory, std::string_view name, const node_pointer& meant, std::uint64_t change = 0);

/// Puts octets in the place of those that are there, or behind them.
void write_at(node& file, std::string_view octets, std::size_t at);

/// fsync of a file or directory, and one that fails: the kernel then counts the changes as written,
/// so that a second sync succeeds without saving them, but where they were written once more.
void sync(node& what);
void fail_sync(node& what);

/// Everything durable, whatever was synced: for planting a state to begin with.
void sync_tree(node& root);

/// A copy of the tree under `root` as the machine finds it after the power came back.
node_pointer after_power_cut(const node& root, survivors which, std::uint64_t seed);

} // namespace support
