// A disk in memory that can fail, or lose its power, at any operation.
#include "support/simulated_disk.hpp"

#include "support/simulation.hpp"

#include <algorithm>

namespace support {

simulated_disk::simulated_disk(const base::clock& clock) : state_(std::make_shared<simulation>(clock))
{
    state_->root = state_->make_node(disk::kind::directory);
    state_->root->links = 1;
}

simulated_disk::simulated_disk(std::shared_ptr<simulation> state) : state_(std::move(state)) {}

simulated_disk::~simulated_disk() = default;

namespace {

std::string joined(const std::vector<std::string>& components, std::size_t count)
{
    std::string out;
    for (std::size_t i = 0; i != count; ++i) out += "/" + components[i];
    return out.empty() ? "/" : out;
}

base::result<> sync_directory(simulation& state, const std::string& path)
{
    const node_pointer directory = state.find(path);
    const int number = state.begin("fsync " + path, true);
    if (number == 0)
        state.sync(*directory, path);
    else if (!state.failing->power)
        fail_sync(*directory);
    return number == 0 ? base::result<>() : base::fail(error_of(number, "fsync directory", path));
}

} // namespace

base::result<std::unique_ptr<disk::directory>> simulated_disk::open(const std::string& path)
{
    const std::lock_guard guard(state_->mutex);
    if (const int number = state_->begin("open directory " + path, false); number != 0)
        return base::fail(error_of(number, "open directory", path));
    const node_pointer found = state_->find(path);
    if (!found) return base::fail(error_of(ENOENT, "open directory", path));
    if (found->kind != disk::kind::directory) return base::fail(error_of(ENOTDIR, "open directory", path));
    const auto components = components_of(path);
    return open_simulated_directory(state_, found, joined(components, components.size()));
}

base::result<> simulated_disk::make_path(const std::string& path)
{
    const std::lock_guard guard(state_->mutex);
    const auto components = components_of(path);
    std::size_t found = 0;
    while (found != components.size() && state_->find(joined(components, found + 1))) ++found;
    for (std::size_t made = found; made != components.size(); ++made) {
        const std::string step = joined(components, made + 1);
        const std::string parent = joined(components, made);
        if (const int number = state_->begin("mkdir " + step, true); number != 0)
            return base::fail(error_of(number, "make directory", step));
        if (state_->find(parent)->kind != disk::kind::directory)
            return base::fail(error_of(ENOTDIR, "make directory", step));
        if (!state_->find(step)) // another program may have been quicker
            state_->change(*state_->find(parent), components[made], state_->make_node(disk::kind::directory));
        if (auto synced = sync_directory(*state_, parent); !synced) return synced;
    }
    if (found != 0)
        if (auto synced = sync_directory(*state_, joined(components, found - 1)); !synced) return synced;
    if (state_->find(path)->kind != disk::kind::directory)
        return base::fail(error_of(ENOTDIR, "open directory", path));
    return {};
}

void simulated_disk::fail(std::size_t nth, int number, repeat repeats, counting counts)
{
    const std::lock_guard guard(state_->mutex);
    state_->count_anew();
    state_->failing = {.nth = nth,
                       .number = number,
                       .repeats = repeats == repeat::from_then_on,
                       .power = false,
                       .counts = counts};
}

void simulated_disk::cut_power(std::size_t operations, counting counts)
{
    const std::lock_guard guard(state_->mutex);
    state_->count_anew();
    state_->failing = {
        .nth = operations + 1, .number = EIO, .repeats = true, .power = true, .counts = counts};
}

void simulated_disk::fill(std::size_t operations)
{
    const std::lock_guard guard(state_->mutex);
    state_->count_anew();
    state_->full_after = operations;
}

void simulated_disk::ignore_syncs(std::function<bool(std::string_view)> which)
{
    const std::lock_guard guard(state_->mutex);
    state_->sync_is_ignored = std::move(which);
}

void simulated_disk::heal()
{
    const std::lock_guard guard(state_->mutex);
    state_->sync_is_ignored = nullptr;
    state_->full_after.reset();
    state_->failing.reset();
    state_->count_anew();
}

bool simulated_disk::struck() const
{
    const std::lock_guard guard(state_->mutex);
    return state_->struck;
}

std::unique_ptr<simulated_disk> simulated_disk::restart(survivors which, std::uint64_t seed) const
{
    const std::lock_guard guard(state_->mutex);
    auto next = std::make_shared<simulation>(state_->clock);
    next->root = after_power_cut(*state_->root, which, seed);
    next->root->links = 1;
    next->last_inode = state_->last_inode;
    return std::unique_ptr<simulated_disk>(new simulated_disk(std::move(next)));
}

void simulated_disk::before_each(std::function<void(std::size_t, const std::string&)> act)
{
    const std::lock_guard guard(state_->mutex);
    state_->count_anew();
    state_->before_each = std::move(act);
}

void simulated_disk::between_names(std::function<void(const std::string&, const std::string&)> act)
{
    const std::lock_guard guard(state_->mutex);
    state_->between_names = std::move(act);
}

namespace {

// The directory that `path` lies in, made durable where it or a parent was missing.
node& make_parent(simulation& state, const std::vector<std::string>& components)
{
    node_pointer at = state.root;
    for (std::size_t i = 0; i + 1 < components.size(); ++i) {
        const auto found = at->names.find(components[i]);
        node_pointer next = found == at->names.end() ? state.make_node(disk::kind::directory) : found->second;
        if (found == at->names.end()) {
            state.change(*at, components[i], next);
            sync(*at);
        }
        at = next;
    }
    return *at;
}

void plant_node(simulation& state, const std::string& path, const node_pointer& planted)
{
    const std::lock_guard guard(state.mutex);
    const auto components = components_of(path);
    node& parent = make_parent(state, components);
    state.change(parent, components.back(), planted);
    if (planted) planted->durable_contents = planted->contents;
    // This name alone is made durable: what the system under test has not synced stays so.
    if (planted)
        parent.durable_names.insert_or_assign(components.back(), planted);
    else
        parent.durable_names.erase(components.back());
    parent.unsynced_names.erase(components.back());
}

void collect_files(const node& directory, const std::string& path, std::vector<std::string>& out)
{
    for (const auto& [name, below] : directory.names) {
        if (below->kind == disk::kind::directory)
            collect_files(*below, path + "/" + name, out);
        else
            out.push_back(path + "/" + name);
    }
}

} // namespace

void simulated_disk::plant_file(const std::string& path, std::string contents)
{
    const std::lock_guard guard(state_->mutex);
    node_pointer made = state_->make_node(disk::kind::regular);
    made->contents = std::move(contents);
    plant_node(*state_, path, made);
}

void simulated_disk::plant_directory(const std::string& path)
{
    plant(disk::kind::directory, path);
}

void simulated_disk::plant(disk::kind what, const std::string& path)
{
    const std::lock_guard guard(state_->mutex);
    plant_node(*state_, path, state_->make_node(what));
}

void simulated_disk::plant_link(const std::string& existing, const std::string& path)
{
    const std::lock_guard guard(state_->mutex);
    plant_node(*state_, path, state_->find(existing));
}

void simulated_disk::set_owner(const std::string& path, std::uint32_t owner)
{
    const std::lock_guard guard(state_->mutex);
    state_->find(path)->owner = owner;
}

void simulated_disk::set_modified(const std::string& path, base::wall_time at)
{
    const std::lock_guard guard(state_->mutex);
    state_->find(path)->modified = at;
}

void simulated_disk::erase(const std::string& path)
{
    plant_node(*state_, path, nullptr);
}

std::optional<std::string> simulated_disk::contents(const std::string& path) const
{
    const std::lock_guard guard(state_->mutex);
    const node_pointer found = state_->find(path);
    if (!found) return std::nullopt;
    return found->contents;
}

std::vector<std::string> simulated_disk::files() const
{
    const std::lock_guard guard(state_->mutex);
    std::vector<std::string> out;
    collect_files(*state_->root, "", out);
    std::ranges::sort(out);
    return out;
}

std::size_t simulated_disk::operations(counting counts) const
{
    const std::lock_guard guard(state_->mutex);
    return counts == counting::all ? state_->all : state_->changing;
}

std::string simulated_disk::trace() const
{
    const std::lock_guard guard(state_->mutex);
    std::string out;
    for (const std::string& line : state_->trace) out += line + "\n";
    return out;
}

} // namespace support
