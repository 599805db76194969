// From the name of a maildrop to its open directories.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "store/values.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace store::maildir {

constexpr std::string_view root_marker = ".restante-mail-root";

/// The two directories that hold a maildrop's mail.
enum class folder : std::uint8_t { fresh, current }; ///< new/ and cur/

/// An open maildrop. Not shared between threads.
struct folders {
    std::string path;        ///< below the root: "example.org/ann"; names the maildrop in caches and logs
    std::uint32_t owner = 0; ///< user id of the maildrop's directory; files of others are not served
    std::unique_ptr<disk::directory> maildrop;
    std::unique_ptr<disk::directory> fresh;
    std::unique_ptr<disk::directory> current;

    disk::directory& in(folder folder) const { return folder == folder::fresh ? *fresh : *current; }
    std::string path_of(folder folder) const { return path + (folder == folder::fresh ? "/new" : "/cur"); }
};

/// Where below the root the mail of `name` lies: one component, or two. malformed where a component is empty,
/// longer than 255 octets, begins with a dot, or holds '/', NUL or a control octet. "new@example.org" and a
/// user "example.org" get on: the one's messages lie in example.org/new/new/, the other's in
/// example.org/new/, where directories are no messages.
base::result<std::vector<std::string>> components_of(const maildrop_name& name);

/// The same as folders::path, without looking at the disk.
base::result<std::string> path_of(const maildrop_name& name);

/// An open directory, and whether it had to be made.
struct opened_directory {
    std::unique_ptr<disk::directory> directory;
    bool made = false;
};
/// `vanished` where it is missing and not to be made. Not durable by itself.
base::result<opened_directory> open_or_make(disk::directory& directory, std::string_view name, bool make);

/// Opens new/ and cur/ of out.maildrop, and tells its owner; where `make` says so, those and tmp/ are made where
/// missing: true where one was. Not durable by itself.
base::result<bool> open_parts(folders& out, bool make);

/// What a maildrop is opened for, which says what happens where it is missing.
enum class purpose {
    inspect, ///< `vanished`
    collect, ///< made, durable
    deliver, ///< made, durable; and one made by somebody else is made durable too
};

/// Opens maildrops below one root; safe from any thread.
class places {
public:
    places(disk::file_system& files, std::string root) : files_(files), root_(std::move(root)) {}

    /// Temporary `storage` where the root or its marker is missing.
    base::result<folders> open(const maildrop_name& name, purpose why);

    /// What open() finds where all of it is there and in memory; waits for nothing. The root's marker is not looked
    /// at: only who has seen these very directories before may trust them (snapshots::kept()).
    std::optional<folders> open_cached(const maildrop_name& name);

    /// The root itself, with its marker seen.
    base::result<std::unique_ptr<disk::directory>> open_root();

    static base::result<> initialise(disk::file_system& files, const std::string& root);

private:
    bool known_durable(const std::string& path);
    void remember_durable(const std::string& path);

    disk::file_system& files_;
    const std::string root_;
    std::mutex mutex_;
    std::unordered_set<std::string> durable_;
};

} // namespace store::maildir
