// Counting, failing and finding on the simulated disk.
#include "support/simulation.hpp"

#include "disk/posix_calls.hpp"

#include <unistd.h>

#include <cerrno>

namespace support {

base::error error_of(int number, std::string_view doing, std::string_view name)
{
    errno = number;
    return disk::posix_error(doing, name);
}

namespace {

/// Whether an operation makes a name or octets that the disk must have room for.
bool needs_room(std::string_view text)
{
    for (const std::string_view doing : {"create ", "write ", "mkdir ", "link ", "rename ", "replace "})
        if (text.starts_with(doing)) return true;
    return false;
}

} // namespace

int simulation::begin(const std::string& text, bool changes)
{
    if (others_at_work) return 0;
    ++all;
    if (changes) ++changing;
    if (before_each) {
        others_at_work = true;
        before_each(all, text);
        others_at_work = false;
    }
    trace.push_back(std::to_string(all) + " " + text);
    if (full_after && all > *full_after && needs_room(text)) {
        struck = true;
        trace.back() += "  <- no room";
        return ENOSPC;
    }
    if (!failing) return 0;
    const bool only_changes = failing->counts == simulated_disk::counting::changes;
    if (only_changes && !changes && (!failing->power || changing < failing->nth)) return 0;
    const std::size_t number = only_changes ? changing : all;
    if (number != failing->nth && (!failing->repeats || number < failing->nth)) return 0;
    struck = true;
    trace.back() += "  <- fails";
    return failing->number;
}

void simulation::count_anew()
{
    all = 0;
    changing = 0;
    struck = false;
}

node_pointer simulation::make_node(disk::kind kind)
{
    auto out = std::make_shared<node>();
    out->kind = kind;
    out->inode = ++last_inode;
    out->owner = ::geteuid();
    out->mode = kind == disk::kind::directory ? 0700 : 0600;
    out->modified = clock.now();
    return out;
}

void simulation::change(node& directory, std::string_view name, const node_pointer& meant, change_is part)
{
    if (part == change_is::new_one) ++last_change;
    set_name(directory, name, meant, last_change);
    directory.modified = clock.now();
}

void simulation::sync(node& what, std::string_view path)
{
    if (!sync_is_ignored || !sync_is_ignored(path)) support::sync(what);
}

node_pointer simulation::find(const std::string& path) const
{
    node_pointer at = root;
    for (const std::string& step : components_of(path)) {
        const auto found = at->names.find(step);
        if (found == at->names.end()) return nullptr;
        at = found->second;
    }
    return at;
}

std::vector<std::string> components_of(const std::string& path)
{
    std::vector<std::string> out;
    for (std::size_t begin = 0; begin < path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        if (end > begin && path.substr(begin, end - begin) != ".")
            out.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return out;
}

} // namespace support
