// A disk in memory that can fail, or lose its power, at any operation.
#pragma once

#include "disk/file_system.hpp"
#include "support/simulated_image.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace support {

struct simulation;

/// Behaves as disk::posix_file_system does (tests/unit/disk compares them), counts what is done to it,
/// and keeps what is cached apart from what is durable. Safe to use from several threads.
///
/// An *operation* is one call of the interfaces in disk/file_system.hpp; make_path is one for each
/// directory it makes and one for each it syncs. Destructors are none, and always work.
class simulated_disk final : public disk::file_system {
public:
    /// Which operations a number counts.
    enum class counting { all, changes }; // changes: those that write, sync, rename, create, remove, or close
    enum class repeat { once, from_then_on };

    /// An empty root directory "/". Files are modified at the time that `clock` tells.
    explicit simulated_disk(const base::clock& clock);
    ~simulated_disk() override;

    base::result<std::unique_ptr<disk::directory>> open(const std::string& path) override;
    base::result<std::unique_ptr<disk::directory>> open_cached(const std::string& path) override
    {
        return open(path);
    }
    base::result<> make_path(const std::string& path) override;

    // --- trouble. Counting begins anew at each of these calls.

    /// Lets the `nth` operation (1 is the next) fail with the errno `number`. It has no effect, but for a
    /// write, which writes the first half of its octets, and for a sync, after which a second sync
    /// succeeds and saves nothing.
    void fail(std::size_t nth, int number, repeat = repeat::once, counting = counting::all);
    /// Cuts the power after `operations` more have been done; all others fail with EIO and do nothing.
    void cut_power(std::size_t operations, counting = counting::all);
    /// Fills the disk after `operations` more: what needs room fails with ENOSPC, and removing gives none back.
    void fill(std::size_t operations = 0);
    /// From now on the syncs of these files and directories say that they worked, and save nothing.
    void ignore_syncs(std::function<bool(std::string_view path)> which);
    /// No more trouble.
    void heal();
    /// An operation has been refused because of fail() or cut_power().
    bool struck() const;

    /// The disk as the next boot finds it: no locks, nobody has anything open. This one is not changed.
    std::unique_ptr<simulated_disk> restart(survivors which, std::uint64_t seed = 0) const;

    // --- other programs, at work between our operations

    /// `act` is called before each operation with its number since counting began and its text
    /// ("rename /mail/tmp/a -> /mail/new/a"). What it does to the disk is not counted and never fails.
    void before_each(std::function<void(std::size_t number, const std::string& text)> act);
    /// `act` is called before each name that a listing tells, with the directory's path.
    void between_names(std::function<void(const std::string& path, const std::string& name)> act);

    // --- looking and planting: not counted, durable at once; parents are made where missing

    void plant_file(const std::string& path, std::string contents);
    void plant_directory(const std::string& path);
    void plant(disk::kind what, const std::string& path); ///< symbolic_link, or other for a FIFO
    void plant_link(const std::string& existing, const std::string& path);
    void set_owner(const std::string& path, std::uint32_t owner);
    void set_modified(const std::string& path, base::wall_time at);
    void erase(const std::string& path); ///< a file, or a directory with all in it

    std::optional<std::string> contents(const std::string& path) const; ///< as cached
    /// The paths of everything but directories, sorted.
    std::vector<std::string> files() const;
    std::size_t operations(counting = counting::all) const; ///< since counting began
    /// Every operation since the disk was made, a line each, for messages of failed tests.
    std::string trace() const;

    /// For other ways to the same files.
    const std::shared_ptr<simulation>& state() const { return state_; }

private:
    explicit simulated_disk(std::shared_ptr<simulation> state);

    std::shared_ptr<simulation> state_;
};

} // namespace support
