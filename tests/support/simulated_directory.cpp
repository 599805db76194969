// Files and directories opened on the simulated disk.
#include "disk/file_system.hpp"
#include "disk/posix_calls.hpp"
#include "support/simulation.hpp"

#include <algorithm>
#include <cstring>

namespace support {

namespace {

disk::status status_of(const node& of)
{
    return {.kind = of.kind,
            .octets = of.contents.size(),
            .modified = of.modified,
            .owner = of.owner,
            .mode = of.mode,
            .links = of.links,
            .inode = of.inode};
}

class simulated_file final : public disk::file {
public:
    simulated_file(std::shared_ptr<simulation> state, node_pointer of, std::string path, bool writable)
        : state_(std::move(state)), of_(std::move(of)), path_(std::move(path)), writable_(writable)
    {
    }

    base::result<std::size_t> read(std::span<char> into, std::uint64_t offset) override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto begun = begin("read", false); !begun) return base::fail(begun.error());
        if (offset >= of_->contents.size()) return 0;
        const std::size_t got = std::min(into.size(), of_->contents.size() - offset);
        std::memcpy(into.data(), of_->contents.data() + offset, got);
        return got;
    }

    base::result<> write(std::string_view octets) override
    {
        const std::lock_guard guard(state_->mutex);
        auto begun = begin("write", true);
        if (begun && !writable_) return base::fail(error_of(EBADF, "write", path_));
        if (!closed_ && writable_ && (begun || !power_off())) {
            of_->contents += begun ? octets : octets.substr(0, octets.size() / 2);
            of_->modified = state_->clock.now();
        }
        return begun;
    }

    base::result<> sync() override
    {
        const std::lock_guard guard(state_->mutex);
        auto begun = begin("fsync", true);
        if (begun)
            state_->sync(*of_, path_);
        else if (!power_off())
            fail_sync(*of_);
        return begun;
    }

    base::result<> close() override
    {
        const std::lock_guard guard(state_->mutex);
        auto begun = begin("close", true);
        closed_ = true;
        return begun;
    }

    base::result<disk::status> status() override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto begun = begin("stat", false); !begun) return base::fail(begun.error());
        return status_of(*of_);
    }

    base::result<> set_modified(base::wall_time at) override
    {
        const std::lock_guard guard(state_->mutex);
        auto begun = begin("set time", true);
        if (begun) of_->modified = at;
        return begun;
    }

    base::result<> shorten(std::uint64_t octets) override
    {
        const std::lock_guard guard(state_->mutex);
        auto begun = begin("shorten", true);
        if (begun && !writable_) return base::fail(error_of(EINVAL, "shorten", path_));
        if (begun) {
            of_->contents.resize(static_cast<std::size_t>(octets), '\0');
            of_->modified = state_->clock.now();
        }
        return begun;
    }

private:
    base::result<> begin(const std::string& doing, bool changes)
    {
        if (closed_) return base::fail(error_of(EBADF, doing, path_));
        if (const int number = state_->begin(doing + " " + path_, changes); number != 0)
            return base::fail(error_of(number, doing, path_));
        return {};
    }

    bool power_off() const { return state_->failing && state_->failing->power; }

    std::shared_ptr<simulation> state_;
    node_pointer of_;
    std::string path_;
    bool writable_;
    bool closed_ = false;
};

class simulated_lock final : public disk::lock {
public:
    simulated_lock(std::shared_ptr<simulation> state, node_pointer of)
        : state_(std::move(state)), of_(std::move(of))
    {
        state_->locked.insert(of_.get());
    }
    ~simulated_lock() override
    {
        const std::lock_guard guard(state_->mutex);
        state_->locked.erase(of_.get());
    }

private:
    std::shared_ptr<simulation> state_;
    node_pointer of_;
};

class simulated_directory final : public disk::directory {
public:
    simulated_directory(std::shared_ptr<simulation> state, node_pointer of, std::string path)
        : state_(std::move(state)), of_(std::move(of)), path_(std::move(path))
    {
    }

    base::result<std::unique_ptr<disk::file>> create(std::string_view name) override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto begun = begin("create", name, true); !begun) return base::fail(begun.error());
        if (find(name)) return base::fail(error_of(EEXIST, "create", name));
        if (of_->links == 0) return base::fail(error_of(ENOENT, "create", name));
        return std::make_unique<simulated_file>(state_, make(name, disk::kind::regular), path_of(name), true);
    }

    base::result<std::unique_ptr<disk::file>> open(std::string_view name) override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto begun = begin("open", name, false); !begun) return base::fail(begun.error());
        const node_pointer found = find(name);
        if (!found) return base::fail(error_of(ENOENT, "open", name));
        if (found->kind != disk::kind::regular) return base::fail(disk::not_regular(name));
        return std::make_unique<simulated_file>(state_, found, path_of(name), false);
    }

    base::result<std::unique_ptr<disk::file>> open_to_append(std::string_view name) override
    {
        const std::lock_guard guard(state_->mutex);
        node_pointer found = find(name);
        if (auto begun = begin(found ? "open" : "create", name, !found); !begun)
            return base::fail(begun.error());
        if (!found && of_->links == 0) return base::fail(error_of(ENOENT, "create", name));
        if (!found) found = make(name, disk::kind::regular);
        if (found->kind != disk::kind::regular) return base::fail(disk::not_regular(name));
        return std::make_unique<simulated_file>(state_, found, path_of(name), true);
    }

    base::result<std::unique_ptr<disk::directory>> open_directory(std::string_view name) override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto begun = begin("open directory", name, false); !begun) return base::fail(begun.error());
        const node_pointer found = find(name);
        if (!found) return base::fail(error_of(ENOENT, "open directory", name));
        if (found->kind != disk::kind::directory)
            return base::fail(error_of(ENOTDIR, "open directory", name));
        return open_simulated_directory(state_, found, path_of(name));
    }

    base::result<> make_directory(std::string_view name) override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto begun = begin("mkdir", name, true); !begun) return begun;
        if (find(name)) return base::fail(error_of(EEXIST, "make directory", name));
        if (of_->links == 0) return base::fail(error_of(ENOENT, "make directory", name));
        make(name, disk::kind::directory);
        return {};
    }

    base::result<> rename(std::string_view name, disk::directory& to, std::string_view to_name) override
    {
        return move("rename", name, to, to_name, false);
    }

    base::result<> replace(std::string_view name, disk::directory& to, std::string_view to_name) override
    {
        return move("replace", name, to, to_name, true);
    }

    base::result<> link(std::string_view name, disk::directory& to, std::string_view to_name) override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto good = disk::check_name(to_name); !good) return good;
        auto* const target = dynamic_cast<simulated_directory*>(&to);
        if (target == nullptr || target->state_ != state_) return base::fail(disk::cannot_link(name));
        if (auto begun = begin("link", name, true, " -> " + target->path_of(to_name)); !begun) return begun;
        const node_pointer linked = find(name);
        if (!linked) return base::fail(error_of(ENOENT, "link", name));
        if (target->find(to_name)) return base::fail(error_of(EEXIST, "link", name));
        if (linked->kind == disk::kind::directory) return base::fail(disk::cannot_link(name));
        if (target->of_->links == 0) return base::fail(error_of(ENOENT, "link", name));
        state_->change(*target->of_, to_name, linked);
        return {};
    }

    base::result<> remove(std::string_view name) override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto begun = begin("remove", name, true); !begun) return begun;
        const node_pointer found = find(name);
        if (!found) return base::fail(error_of(ENOENT, "remove", name));
        if (found->kind == disk::kind::directory) return base::fail(error_of(EISDIR, "remove", name));
        state_->change(*of_, name, nullptr);
        return {};
    }

    base::result<> list(const std::function<void(std::string_view name)>& each) override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto begun = begin("list", {}, false); !begun) return begun;
        // Live, as readdir(3) is: what is renamed while we are at it is missed, or told twice.
        for (auto at = of_->names.begin(); at != of_->names.end();) {
            const std::string name = at->first;
            report_others(name);
            each(name);
            at = of_->names.upper_bound(name);
        }
        return {};
    }

    base::result<disk::status> status(std::string_view name) override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto begun = begin("stat", name, false); !begun) return base::fail(begun.error());
        const node_pointer found = find(name);
        if (!found) return base::fail(error_of(ENOENT, "stat", name));
        return status_of(*found);
    }

    base::result<disk::status> status() override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto begun = begin("stat", {}, false); !begun) return base::fail(begun.error());
        return status_of(*of_);
    }

    base::result<> sync() override
    {
        const std::lock_guard guard(state_->mutex);
        auto begun = begin("fsync", {}, true);
        if (begun)
            state_->sync(*of_, path_);
        else if (!(state_->failing && state_->failing->power))
            fail_sync(*of_);
        return begun;
    }

    base::result<std::unique_ptr<disk::lock>> lock_file(std::string_view name) override
    {
        const std::lock_guard guard(state_->mutex);
        if (auto begun = begin("lock", name, true); !begun) return base::fail(begun.error());
        node_pointer found = find(name);
        if (!found) found = make(name, disk::kind::regular);
        if (found->kind == disk::kind::symbolic_link)
            return base::fail(error_of(ELOOP, "open lock file", name));
        if (found->kind == disk::kind::directory) return base::fail(error_of(EISDIR, "open lock file", name));
        if (found->kind != disk::kind::regular) return base::fail(disk::not_regular(name));
        if (state_->locked.contains(found.get())) return base::fail(disk::locked_already(name));
        return std::make_unique<simulated_lock>(state_, found);
    }

    // In memory everything is at once.
    base::result<disk::opened_file> open_cached(std::string_view name) override
    {
        auto opened = open(name);
        if (!opened) return base::fail(opened.error());
        const auto status = (*opened)->status();
        if (!status) return base::fail(status.error());
        return disk::opened_file{std::move(*opened), *status};
    }
    base::result<std::unique_ptr<disk::directory>> open_directory_cached(std::string_view name) override
    {
        return open_directory(name);
    }
    base::result<disk::status> status_cached(std::string_view name) override { return status(name); }
    base::result<std::unique_ptr<disk::lock>> lock_file_cached(std::string_view name) override
    {
        if (const auto there = status(name); !there) return base::fail(there.error()); // it makes nothing
        return lock_file(name);
    }

private:
    // Checks the name and lets the operation fail where a test wants it.
    base::result<> begin(const std::string& doing, std::optional<std::string_view> name, bool changes,
                         const std::string& to = {})
    {
        if (name)
            if (auto good = disk::check_name(*name); !good) return good;
        const std::string path = name ? path_of(*name) : path_;
        if (const int number = state_->begin(doing + " " + path + to, changes); number != 0)
            return base::fail(error_of(number, doing, path));
        return {};
    }

    base::result<> move(const std::string& doing, std::string_view name, disk::directory& to,
                        std::string_view to_name, bool replacing)
    {
        const std::lock_guard guard(state_->mutex);
        auto& target = dynamic_cast<simulated_directory&>(to);
        if (auto good = disk::check_name(to_name); !good) return good;
        if (auto begun = begin(doing, name, true, " -> " + target.path_of(to_name)); !begun) return begun;
        const node_pointer moved = find(name);
        const node_pointer there = target.find(to_name);
        if (!moved) return base::fail(error_of(ENOENT, doing, name));
        if (there && !replacing) return base::fail(error_of(EEXIST, doing, name));
        if (there == moved) return {}; // rename(2) does nothing between two links to one file
        if (there && there->kind == disk::kind::directory) return base::fail(error_of(EISDIR, doing, name));
        if (target.of_->links == 0) return base::fail(error_of(ENOENT, doing, name));
        state_->change(*target.of_, to_name, moved);
        state_->change(*of_, name, nullptr, simulation::change_is::with_last);
        return {};
    }

    node_pointer find(std::string_view name) const
    {
        const auto found = of_->names.find(name);
        return found == of_->names.end() ? nullptr : found->second;
    }

    node_pointer make(std::string_view name, disk::kind kind)
    {
        node_pointer made = state_->make_node(kind);
        state_->change(*of_, name, made);
        return made;
    }

    void report_others(const std::string& name)
    {
        if (!state_->between_names || state_->others_at_work) return;
        state_->others_at_work = true;
        state_->between_names(path_, name);
        state_->others_at_work = false;
    }

    std::string path_of(std::string_view name) const
    {
        return (path_ == "/" ? path_ : path_ + "/") + std::string(name);
    }

    std::shared_ptr<simulation> state_;
    node_pointer of_;
    std::string path_;
};

} // namespace

std::unique_ptr<disk::directory> open_simulated_directory(std::shared_ptr<simulation> state, node_pointer of,
                                                          std::string path)
{
    return std::make_unique<simulated_directory>(std::move(state), std::move(of), std::move(path));
}

} // namespace support
