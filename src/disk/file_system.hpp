// The seam to the disk: every file that the house touches is reached through these three interfaces,
// so that tests can fail or cut the power after any step.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace disk {

enum class kind { regular, directory, symbolic_link, other };

/// What stat(2) tells, as far as anyone here asks.
struct status {
    disk::kind kind = disk::kind::other;
    std::uint64_t octets = 0;
    base::wall_time modified;
    base::wall_time changed{}; ///< its content, names or properties: nobody can set it back; 0 where not kept
    std::uint32_t owner = 0;   ///< user id
    std::uint32_t mode = 0;    ///< permission bits, 07777
    std::uint64_t links = 1;
    std::uint64_t inode = 0;
};

/// An open regular file. Closed by the destructor where close() was not called.
class file {
public:
    virtual ~file() = default;
    /// Reads up to `into.size()` octets at `offset`; 0 is the end of the file.
    virtual base::result<std::size_t> read(std::span<char> buffer, std::uint64_t offset) = 0;
    /// Appends all of `octets`; short writes and EINTR are dealt with inside.
    virtual base::result<> write(std::string_view octets) = 0;
    /// fsync(2). After an error the file must be thrown away: a second sync proves nothing.
    virtual base::result<> sync() = 0;
    /// close(2), for its error.
    virtual base::result<> close() = 0;
    virtual base::result<disk::status> status() = 0;
    /// Sets the time of the last change, as a mail program shows it; durable with the next sync().
    virtual base::result<> set_modified(base::wall_time time) = 0;
    /// Takes the file's end off, so that `octets` are left: for what was appended in vain.
    virtual base::result<> shorten(std::uint64_t octets) = 0;
    /// read() that waits for nothing: what memory holds at `offset`, 0 where that is nothing. Then read() does it.
    virtual std::size_t read_cached(std::span<char>, std::uint64_t) { return 0; }
};

/// A file, and what it was when it was opened.
struct opened_file {
    std::unique_ptr<disk::file> file;
    disk::status status;
};

/// A lock that the kernel frees when its holder dies. Held until destroyed.
class lock {
public:
    virtual ~lock() = default;
};

/// An open directory. Every name is a single component: one with a '/' or NUL, empty, "." or ".."
/// is refused (malformed). Symbolic links are never followed.
class directory {
public:
    virtual ~directory() = default;

    /// Creates a file that did not exist (O_EXCL), for writing and reading back; mode 0600.
    virtual base::result<std::unique_ptr<file>> create(std::string_view name) = 0;
    /// Opens a regular file for reading, without blocking; anything else there is `refused`.
    virtual base::result<std::unique_ptr<file>> open(std::string_view name) = 0;
    /// Opens a regular file for appending and reading, made (0600, not yet durable) where it is missing; anything else
    /// there is `refused`.
    virtual base::result<std::unique_ptr<file>> open_to_append(std::string_view name) = 0;
    virtual base::result<std::unique_ptr<directory>> open_directory(std::string_view name) = 0;
    /// mkdir, mode 0700; `exists` where something has that name.
    virtual base::result<> make_directory(std::string_view name) = 0;
    /// Renames without replacing: `exists` where `to_name` is taken.
    virtual base::result<> rename(std::string_view name, directory& target, std::string_view to_name) = 0;
    /// Renames over whatever file has that name.
    virtual base::result<> replace(std::string_view name, directory& target, std::string_view to_name) = 0;
    /// A second name for the same file; never replaces: `exists` where `to_name` is taken, `refused` where the disk
    /// cannot do that (another file system, another kind of directory, too many names): copy it then.
    virtual base::result<> link(std::string_view name, directory& target, std::string_view to_name) = 0;
    virtual base::result<> remove(std::string_view name) = 0;
    /// Calls `visit` for every name but "." and "..", in no order. Names that are renamed meanwhile may
    /// be missed or told twice, as readdir(3) does.
    virtual base::result<> list(const std::function<void(std::string_view name)>& visit) = 0;
    /// Of the name itself: a symbolic link is reported as one.
    virtual base::result<disk::status> status(std::string_view name) = 0;
    /// Of this directory.
    virtual base::result<disk::status> status() = 0;
    /// fsync(2) of the directory: its names survive a power cut.
    virtual base::result<> sync() = 0;
    /// file::sync() of each, of files made or opened in this directory; where the disk can, many wait for it at
    /// once. The results are in the order of the files.
    virtual std::vector<base::result<>> sync_files(std::span<file* const> files);
    /// An exclusive OFD lock on the file `name`, created where missing; `in_use` at once where it is held.
    virtual base::result<std::unique_ptr<lock>> lock_file(std::string_view name) = 0;

    /// What threads that must not wait for a disk may call: the same as the function without `_cached`, where the
    /// kernel has all of it in memory. An error says no more than "not at once", and the other function tells the
    /// truth; but status_cached() may be believed when it says `vanished`. Never at once where not overridden.
    virtual base::result<opened_file> open_cached(std::string_view name);
    virtual base::result<std::unique_ptr<directory>> open_directory_cached(std::string_view name);
    virtual base::result<disk::status> status_cached(std::string_view name);
    virtual base::result<std::unique_ptr<lock>> lock_file_cached(std::string_view name);
};

/// Where paths begin.
class file_system {
public:
    virtual ~file_system() = default;
    /// Opens the directory at `path` (links in the path itself are the operator's business and are followed).
    virtual base::result<std::unique_ptr<directory>> open(const std::string& path) = 0;
    /// open() for threads that must not wait: see directory::open_cached().
    virtual base::result<std::unique_ptr<directory>> open_cached(const std::string& path);
    /// Makes `path` and its missing parents (0700), each durable.
    virtual base::result<> make_path(const std::string& path) = 0;
};

/// Reads a whole file; `too_large` above `octets_max`.
base::result<std::string> read_whole(directory& directory, std::string_view name, std::uint64_t octets_max);

/// Puts `contents` in the place of `name` so that a crash leaves the old or the new, never a mixture:
/// temporary file, fsync, rename, fsync of the directory (design, section 4).
base::result<> replace_whole(directory& directory, std::string_view name, std::string_view contents);

// Which names may be given to a directory: one component, and no trick.

constexpr std::size_t name_octets_max = 255; // NAME_MAX of Linux's file systems

/// `malformed` where `name` is empty, ".", "..", longer than name_octets_max, or holds '/' or NUL.
base::result<> check_name(std::string_view name);

} // namespace disk
