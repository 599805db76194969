// The state that a simulated disk shares with the files and directories opened on it.
#pragma once

#include "support/simulated_disk.hpp"

#include <mutex>
#include <set>

namespace support {

/// As the real disk says it.
base::error error_of(int number, std::string_view doing, std::string_view name);

struct simulation {
    explicit simulation(const base::clock& with) : clock(with) {}

    /// Counts and traces an operation, lets other programs act before it; the errno it must fail with, or 0.
    int begin(const std::string& text, bool changes);
    void count_anew();

    node_pointer make_node(disk::kind kind);
    /// set_name, and the directory is modified now. One `with_last` is a part of the change before it.
    enum class change_is { new_one, with_last };
    void change(node& directory, std::string_view name, const node_pointer& meant,
                change_is part = change_is::new_one);
    /// support::sync(), but where it is to be ignored.
    void sync(node& what, std::string_view path);
    /// The node at `path`, null where there is none.
    node_pointer find(const std::string& path) const;

    const base::clock& clock;
    std::recursive_mutex mutex; // recursive: hooks and listings call back into the disk
    node_pointer root;
    std::uint64_t last_inode = 1;
    std::uint64_t last_change = 0;
    std::set<const node*> locked;

    std::size_t all = 0;
    std::size_t changing = 0;
    std::vector<std::string> trace;
    bool struck = false;
    bool others_at_work = false; // inside a hook

    struct failure {
        std::size_t nth = 0;
        int number = 0;
        bool repeats = false;
        bool power = false; // it is the power that fails: nothing has any effect
        simulated_disk::counting counts = simulated_disk::counting::all;
    };
    std::optional<failure> failing;
    std::optional<std::size_t> full_after; // operations
    std::function<bool(std::string_view)> sync_is_ignored;
    std::function<void(std::size_t, const std::string&)> before_each;
    std::function<void(const std::string&, const std::string&)> between_names;
};

std::vector<std::string> components_of(const std::string& path);

/// The directory `of`, opened at `path`.
std::unique_ptr<disk::directory> open_simulated_directory(std::shared_ptr<simulation> state, node_pointer of,
                                                          std::string path);

} // namespace support
