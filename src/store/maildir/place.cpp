// Checking names, walking to the maildrop, and making one whose directory entries survive a power cut.
#include "store/maildir/place.hpp"

#include "store/maildir/name.hpp"

#include <algorithm>

namespace store::maildir {

namespace {

constexpr std::size_t durable_max = 1'000'000; // paths remembered; beyond that, start afresh and sync again

base::error unmounted(const std::string& root)
{
    return {.kind = base::failure::storage,
            .temporary = true,
            .peer_text = {},
            .operator_text = "the mail root '" + root + "' has no marker file '" + std::string(root_marker) +
                             "': its disk is probably not mounted; nothing was created in it"};
}

base::error bad_name(const maildrop_name& name, std::string_view reason)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = {},
            .operator_text = "maildrop name '" + name.text + "': " + std::string(reason)};
}

std::string_view component_trouble(std::string_view component)
{
    if (component.empty()) return "a part is empty";
    if (component.size() > name_octets_max) return "a part is longer than 255 octets";
    if (component.front() == '.') return "a part begins with a dot";
    const auto forbidden = [](unsigned char c) { return c < 0x20 || c == 0x7F || c == '/'; };
    return std::ranges::any_of(component, forbidden) ? "a part holds '/' or a control octet" : "";
}

} // namespace

base::result<std::vector<std::string>> components_of(const maildrop_name& name)
{
    const std::string_view text = name.text;
    const auto offset = text.rfind('@');
    const std::string_view local = text.substr(0, offset);
    if (const auto reason = component_trouble(local); !reason.empty())
        return base::fail(bad_name(name, reason));
    if (offset == std::string_view::npos) return std::vector{std::string(local)};
    const std::string_view domain = text.substr(offset + 1);
    if (const auto reason = component_trouble(domain); !reason.empty())
        return base::fail(bad_name(name, reason));
    return std::vector{std::string(domain), std::string(local)};
}

base::result<std::string> path_of(const maildrop_name& name)
{
    const auto components = components_of(name);
    if (!components) return base::fail(components.error());
    return components->size() == 1 ? components->front() : components->front() + '/' + components->back();
}

base::result<opened_directory> open_or_make(disk::directory& directory, std::string_view name, bool make)
{
    auto found = directory.open_directory(name);
    if (found) return opened_directory{std::move(*found), false};
    if (found.error().kind != base::failure::vanished || !make) return base::fail(found.error());
    // Another delivery may make it at the same moment: that is as good.
    auto done = directory.make_directory(name);
    if (!done && done.error().kind != base::failure::exists) return base::fail(done.error());
    found = directory.open_directory(name);
    if (!found) return base::fail(found.error());
    return opened_directory{std::move(*found), true};
}

base::result<bool> open_parts(folders& out, bool make)
{
    bool made = false;
    for (const std::string_view part : {"tmp", "new", "cur"}) {
        if (part == "tmp" && !make) continue;
        auto next = open_or_make(*out.maildrop, part, make);
        if (!next) return base::fail(next.error());
        made |= next->made;
        if (part == "new") out.fresh = std::move(next->directory);
        if (part == "cur") out.current = std::move(next->directory);
    }
    const auto status = out.maildrop->status();
    if (!status) return base::fail(status.error());
    out.owner = status->owner;
    return made;
}

base::result<folders> places::open(const maildrop_name& name, purpose why)
{
    const auto components = components_of(name);
    if (!components) return base::fail(components.error());
    auto root = open_root();
    if (!root) return base::fail(root.error());

    const bool make = why != purpose::inspect;
    folders out;
    out.path = *path_of(name);
    bool made = false;
    std::vector<std::unique_ptr<disk::directory>> chain; // from the root to the maildrop
    chain.push_back(std::move(*root));
    for (const auto& component : *components) {
        auto next = open_or_make(*chain.back(), component, make);
        if (!next) return base::fail(next.error());
        made |= next->made;
        chain.push_back(std::move(next->directory));
    }
    out.maildrop = std::move(chain.back());
    chain.pop_back();
    const auto parts = open_parts(out, make);
    if (!parts) return base::fail(parts.error());

    if (made || *parts || (why == purpose::deliver && !known_durable(out.path))) {
        // From the maildrop up: once an entry is durable, everything below it is.
        if (auto synced = out.maildrop->sync(); !synced) return base::fail(synced.error());
        for (auto at = chain.rbegin(); at != chain.rend(); ++at)
            if (auto synced = (*at)->sync(); !synced) return base::fail(synced.error());
        remember_durable(out.path);
    }
    return out;
}

std::optional<folders> places::open_cached(const maildrop_name& name)
{
    const auto components = components_of(name);
    if (!components) return std::nullopt;
    auto directory = files_.open_cached(root_);
    for (const auto& component : *components)
        if (directory) directory = (*directory)->open_directory_cached(component);
    if (!directory) return std::nullopt;
    auto fresh = (*directory)->open_directory_cached("new");
    auto current = (*directory)->open_directory_cached("cur");
    const auto status = (*directory)->status();
    if (!fresh || !current || !status) return std::nullopt;
    return folders{.path = *path_of(name),
                   .owner = status->owner,
                   .maildrop = *std::move(directory),
                   .fresh = *std::move(fresh),
                   .current = *std::move(current)};
}

base::result<std::unique_ptr<disk::directory>> places::open_root()
{
    auto root = files_.open(root_);
    if (!root)
        return base::fail(root.error().kind == base::failure::vanished ? unmounted(root_) : root.error());
    const auto marker = (*root)->status(root_marker);
    if (!marker)
        return base::fail(marker.error().kind == base::failure::vanished ? unmounted(root_) : marker.error());
    return root;
}

base::result<> places::initialise(disk::file_system& files, const std::string& root)
{
    if (auto made = files.make_path(root); !made) return made;
    auto opened = files.open(root);
    if (!opened) return base::fail(opened.error());
    if ((*opened)->status(root_marker)) return {};
    return disk::replace_whole(
        **opened, root_marker,
        "Mail lies here. "
        "Without this file restanted takes the disk for unmounted and refuses all work.\n");
}

bool places::known_durable(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    return durable_.contains(path);
}

void places::remember_durable(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    if (durable_.size() >= durable_max) durable_.clear();
    durable_.insert(path);
}

} // namespace store::maildir
