// The two images, and what is left of them after a power cut.
#include "support/simulated_image.hpp"

#include <algorithm>
#include <functional>
#include <random>

namespace support {

namespace {

constexpr std::size_t page_octets = 4096;  // the kernel writes and forgets pages
constexpr std::size_t sector_octets = 512; // a disk writes sectors, whole or not at all

} // namespace

bool arbitrary_order::operator()(std::string_view left, std::string_view right) const
{
    const auto key = [](std::string_view name) {
        return std::pair(std::hash<std::string_view>{}(name), name);
    };
    return key(left) < key(right);
}

void set_name(node& directory, std::string_view name, const node_pointer& meant, std::uint64_t change)
{
    const std::string key(name);
    if (const auto found = directory.names.find(key); found != directory.names.end()) {
        --found->second->links;
        directory.names.erase(found);
    }
    if (meant) {
        ++meant->links;
        directory.names.emplace(key, meant);
    }
    directory.unsynced_names[key].push_back({meant, change, false});
}

namespace {

void set_durable(node& directory, const std::string& name, const node_pointer& meant)
{
    if (meant)
        directory.durable_names.insert_or_assign(name, meant);
    else
        directory.durable_names.erase(name);
}

void sync_names(node& directory)
{
    for (auto& [name, changes] : directory.unsynced_names) {
        const auto last =
            std::ranges::find(changes.rbegin(), changes.rend(), false, &unsynced_change::sync_failed);
        if (last == changes.rend()) continue;
        set_durable(directory, name, last->meant);
        changes.erase(changes.begin(), last.base());
    }
    std::erase_if(directory.unsynced_names, [](const auto& one) { return one.second.empty(); });
}

} // namespace

void write_at(node& file, std::string_view octets, std::size_t at)
{
    if (file.contents.size() < at + octets.size()) file.contents.resize(at + octets.size(), '\0');
    std::ranges::copy(octets, file.contents.begin() + static_cast<std::ptrdiff_t>(at));
    if (!file.sync_failed || octets.empty()) return;
    for (std::size_t page = at / page_octets; page * page_octets < at + octets.size(); ++page)
        file.rewritten.insert(page);
}

void sync(node& what)
{
    if (what.kind == disk::kind::directory) {
        sync_names(what);
    } else if (!what.sync_failed) {
        what.durable_contents = what.contents;
    } else if (!what.rewritten.empty()) {
        what.durable_contents.resize(what.contents.size(), '\0');
        for (const std::size_t page : what.rewritten)
            what.durable_contents.replace(page * page_octets, page_octets, what.contents, page * page_octets,
                                          page_octets);
        what.rewritten.clear();
    }
}

void fail_sync(node& what)
{
    what.sync_failed = what.kind != disk::kind::directory;
    what.rewritten.clear();
    for (auto& [name, changes] : what.unsynced_names)
        for (unsynced_change& change : changes) change.sync_failed = true;
}

void sync_tree(node& root)
{
    root.durable_contents = root.contents;
    root.durable_names = root.names;
    root.unsynced_names.clear();
    for (const auto& [name, below] : root.names) sync_tree(*below);
}

namespace {

// Copies a tree, and decides at each change that was not durable whether it made it to the platter.
class survey {
public:
    survey(survivors which, std::uint64_t seed) : which_(which), engine_(seed) {}

    node_pointer copy(const node& from)
    {
        if (const auto found = copies_.find(&from); found != copies_.end()) return found->second;
        auto out = std::make_shared<node>();
        copies_.emplace(&from, out);
        out->kind = from.kind;
        out->inode = from.inode;
        out->owner = from.owner;
        out->mode = from.mode;
        out->modified = from.modified;
        out->contents = contents_of(from);
        for (const auto& [name, meant] : names_of(from)) set_name(*out, name, copy(*meant));
        return out;
    }

private:
    std::string contents_of(const node& from)
    {
        if (which_ == survivors::data_only || which_ == survivors::everything) return from.contents;
        if (which_ != survivors::random || from.contents == from.durable_contents)
            return from.durable_contents;
        if (!from.durable_contents.empty()) return mixture_of(from.durable_contents, from.contents);
        switch (below(4)) {
        case 0: return from.durable_contents;
        case 1: return from.contents;
        case 2: return from.contents.substr(0, below(from.contents.size() + 1));
        default:
            return std::string(from.contents.size(), '\0'); // the length was written, the blocks were not
        }
    }

    /// What was synced is there; each sector that was written since is old or new, or zeros where there was none.
    std::string mixture_of(const std::string& before, const std::string& after)
    {
        const std::size_t least = std::min(before.size(), after.size());
        const std::size_t most = std::max(before.size(), after.size());
        std::string out = before;
        out.resize(least + below(most - least + 1), '\0');
        const std::size_t end = std::min(out.size(), after.size());
        for (std::size_t at = 0; at < end; at += sector_octets)
            if (below(2) == 0)
                std::ranges::copy(after.substr(at, std::min(sector_octets, end - at)),
                                  out.begin() + static_cast<std::ptrdiff_t>(at));
        return out;
    }

    entries names_of(const node& from)
    {
        if (which_ == survivors::names_only || which_ == survivors::everything) return from.names;
        entries out = from.durable_names;
        if (which_ != survivors::random) return out;
        for (const auto& [name, changes] : from.unsynced_names) {
            for (const unsynced_change& one : changes) {
                if (!survived(one.change)) continue;
                if (one.meant)
                    out.insert_or_assign(name, one.meant);
                else
                    out.erase(name);
            }
        }
        return out;
    }

    bool survived(std::uint64_t change)
    {
        const auto known = survived_.find(change);
        return known != survived_.end() ? known->second
                                        : survived_.emplace(change, below(2) == 0).first->second;
    }

    std::size_t below(std::size_t end) { return static_cast<std::size_t>(engine_() % end); }

    survivors which_;
    std::mt19937_64 engine_;
    std::map<const node*, node_pointer> copies_;
    std::map<std::uint64_t, bool> survived_;
};

} // namespace

node_pointer after_power_cut(const node& root, survivors which, std::uint64_t seed)
{
    node_pointer out = survey(which, seed).copy(root);
    sync_tree(*out);
    return out;
}

} // namespace support
