// Opening, making and listing the folders of a collection.
#include "store/maildir/collection_folders.hpp"

#include "store/maildir/folder_name.hpp"
#include "store/maildir/scan.hpp"
#include "store/writable_folder.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace store::maildir {

namespace {

constexpr std::string_view folder_marker =
    "maildirfolder"; // Maildir++: an empty file that tells a sub-folder

bool is_no_folder(const base::error& error)
{
    return error.kind == base::failure::vanished || error.kind == base::failure::refused;
}

bool has_entries(disk::directory& directory, std::string_view name)
{
    const auto part = directory.open_directory(name);
    bool any = false;
    return part && (*part)->list([&](std::string_view) { any = true; }) && any;
}

/// Programs that copy leave empty directories out: mail that lies in one of the two is there all the same.
bool lacks_an_empty_part(disk::directory& folder)
{
    const bool fresh = folder.status("new").has_value();
    const bool current = folder.status("cur").has_value();
    return fresh != current && has_entries(folder, fresh ? "new" : "cur");
}

} // namespace

collection_folders::collection_folders(folders main)
    : main_(std::make_shared<open_folder>(std::string(), std::move(main)))
{
}

base::result<std::vector<std::shared_ptr<open_folder>>> collection_folders::all()
{
    std::vector<std::string> directories;
    auto listed = root().list([&](std::string_view name) {
        if (name.starts_with('.')) directories.emplace_back(name);
    });
    if (!listed) return base::fail(listed.error());
    std::ranges::sort(directories);

    const std::lock_guard lock(mutex_);
    std::erase_if(known_,
                  [&](const auto& one) { return !std::ranges::binary_search(directories, one.first); });
    std::vector<std::shared_ptr<open_folder>> out{main_};
    for (const auto& directory : directories) {
        const auto name = folder_name_of(directory);
        if (!name) continue;
        // ".INBOX.Sent", written by another program, is one more directory of the folder Sent.
        auto folder = open(directory, std::string(without_inbox(*name)), false);
        if (folder)
            out.push_back(std::move(*folder));
        else if (!is_no_folder(folder.error()))
            return base::fail(folder.error());
    }
    return out;
}

base::result<std::shared_ptr<open_folder>> collection_folders::for_additions(const std::string& given)
{
    const std::string name(without_inbox(given));
    if (name.empty()) return main_;
    auto directory = directory_name_of(name);
    if (!directory) return base::fail(directory.error());
    const std::lock_guard lock(mutex_);
    // Another program may have written the name in a way that we would not.
    std::string raw = '.' + name;
    std::ranges::replace(raw, '/', '.');
    if (raw != *directory && !known_.contains(*directory) && root().status(raw) && !root().status(*directory))
        *directory = raw;
    auto folder = open(*directory, name, true);
    if (!folder) return folder;
    known_folder& known = known_.at(*directory);
    if (!known.durable)
        if (auto done = make_durable(known); !done) return base::fail(done.error());
    return folder;
}

std::shared_ptr<open_folder> collection_folders::there(const std::string& given)
{
    const std::string name(without_inbox(given));
    if (name.empty()) return main_;
    const auto directory = directory_name_of(name);
    if (!directory) return nullptr;
    const std::lock_guard lock(mutex_);
    auto folder = open(*directory, name, false);
    return folder ? std::move(*folder) : nullptr;
}

void collection_folders::forget(const std::string& given)
{
    const std::string_view name = without_inbox(given);
    const std::lock_guard lock(mutex_);
    std::erase_if(known_, [&](const auto& one) { return one.second.folder->name == name; });
}

base::result<std::shared_ptr<open_folder>> collection_folders::open(const std::string& directory,
                                                                    const std::string& name, bool make)
{
    if (const auto found = known_.find(directory); found != known_.end()) return found->second.folder;
    auto opened = open_or_make(root(), directory, make);
    if (!opened) return base::fail(opened.error());
    auto folder = std::make_shared<open_folder>();
    folder->name = name;
    folder->at.path = main_->at.path + '/' + directory;
    folder->at.maildrop = std::move(opened->directory);
    const bool mend = make || lacks_an_empty_part(*folder->at.maildrop);
    if (auto parts = open_parts(folder->at, mend); !parts) return base::fail(parts.error());
    known_.emplace(directory, known_folder{folder, false});
    return folder;
}

// Once for each folder and process: whoever made it may have died before it was durable.
base::result<> collection_folders::make_durable(known_folder& known)
{
    disk::directory& directory = *known.folder->at.maildrop;
    if (auto marker = directory.create(folder_marker);
        !marker && marker.error().kind != base::failure::exists)
        return base::fail(marker.error());
    if (auto synced = directory.sync(); !synced) return synced;
    if (auto synced = root().sync(); !synced) return synced;
    known.durable = true;
    return {};
}

namespace {

std::string nanoseconds_text(base::wall_time when)
{
    return std::to_string(
        std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count());
}

} // namespace

base::result<std::optional<std::string>> state_text(std::span<const std::shared_ptr<open_folder>> all,
                                                    base::wall_time now)
{
    std::string out;
    for (const auto& folder : all) {
        out += std::to_string(folder->name.size()) + ":" + folder->name;
        for (const auto* directory : {&folder->at.fresh, &folder->at.current}) {
            const auto status = (*directory)->status();
            if (!status) return base::fail(status.error());
            if (std::max(status->modified, status->changed) + time_stamp_step >= now) return std::nullopt;
            out += " " + std::to_string(status->inode) + " " + nanoseconds_text(status->modified) + " " +
                   nanoseconds_text(status->changed);
        }
        out += "\n";
    }
    return out;
}

} // namespace store::maildir
