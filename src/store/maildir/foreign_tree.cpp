// A walk over everything, and names read as other programs write them.
#include "store/maildir/foreign_tree.hpp"

#include "base/ascii.hpp"
#include "store/maildir/folder_name.hpp"
#include "store/maildir/mh_marks.hpp"
#include "store/maildir/name.hpp"
#include "store/writable_folder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

namespace store::maildir {

namespace {

constexpr unsigned tree_depth_max = 50; // deeper than any folder; ends what a faulty disk would show for ever

enum class part { none, fresh, current, temporary };

part part_named(std::string_view name)
{
    if (name == "new") return part::fresh;
    if (name == "cur") return part::current;
    return name == "tmp" ? part::temporary : part::none;
}

std::string joined(std::string_view path, std::string_view name)
{
    return path.empty() ? std::string(name) : std::string(path) + '/' + std::string(name);
}

std::string above(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

/// Apple Mail: "INBOX.mbox/Lists.mbox/6C…/Data/1/Messages" is the folder INBOX/Lists.
std::string apple_folders_in(std::string_view path)
{
    constexpr std::string_view ending = ".mbox";
    std::string out;
    const std::string_view whole = path;
    while (!path.empty()) {
        const std::string_view one = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(one.size() + 1, path.size()));
        if (one.size() > ending.size() && one.ends_with(ending))
            out = joined(out, one.substr(0, one.size() - ending.size()));
    }
    return out.empty() ? std::string(whole) : out;
}

class walker {
public:
    base::result<> walk(disk::directory& directory, const std::string& path, part part, unsigned depth)
    {
        std::vector<std::string> names;
        if (auto listed = directory.list([&](std::string_view name) { names.emplace_back(name); }); !listed)
            return listed;
        std::ranges::sort(names);
        // What cannot be read of it is told as a file of the folder.
        const auto mh = part == part::none ? mh_folder::read(directory, names) : mh_folder();
        const mh_folder known = mh.value_or(mh_folder());
        std::vector<std::string> directories;
        const std::size_t told_before = out.size();
        std::vector<std::string> file_names;
        for (const auto& name : names) {
            const auto status = directory.status(name);
            if (!status && status.error().kind == base::failure::vanished) continue;
            if (status && status->kind == disk::kind::directory)
                directories.push_back(name);
            else {
                file_names.push_back(name);
                tell(path, name, status, part, known);
            }
        }
        if (part == part::none && mh_folder::is_one(file_names))
            for (auto& file : std::span(out).subspan(told_before))
                file.numbered =
                    mh_folder::is_number(std::string_view(file.path).substr(file.path.rfind('/') + 1));
        const auto is_part = [&](const std::string& name) { return part_named(name) != part::none; };
        // A Maildir has one of these at the least; where tmp alone is, nobody can tell.
        const bool is_maildir = std::ranges::any_of(directories, is_part);
        for (const auto& name : directories) {
            auto inner = directory.open_directory(name);
            const std::string inner_path = joined(path, name);
            auto done =
                !inner ? base::fail(inner.error())
                : depth == tree_depth_max
                    ? too_deep()
                    : walk(**inner, inner_path, is_maildir ? part_named(name) : part::none, depth + 1);
            if (!done && done.error().kind != base::failure::vanished)
                out.push_back({.path = inner_path,
                               .folder = {},
                               .place = foreign_place::unread,
                               .marks = {},
                               .reason = done.error().operator_text});
        }
        return {};
    }

    std::vector<foreign_file> out;

private:
    static base::result<> too_deep()
    {
        return base::fail({.kind = base::failure::too_large,
                           .temporary = false,
                           .peer_text = {},
                           .operator_text = "this folder is nested too deeply; import it separately"});
    }

    void tell(const std::string& path, const std::string& name, const base::result<disk::status>& status,
              part part, const mh_folder& mh)
    {
        foreign_file file{.path = joined(path, name), .folder = {}, .marks = {}, .reason = {}};
        if (!status || status->kind != disk::kind::regular) {
            file.place = foreign_place::unread;
            file.reason = !status ? status.error().operator_text
                          : status->kind == disk::kind::symbolic_link
                              ? "a symbolic link, which is not followed"
                              : "not a regular file";
            out.push_back(std::move(file));
            return;
        }
        file.inode = status->inode;
        const std::string_view base = read_foreign_name(name).base;
        if (arrival_microseconds_of(base)) file.named_octets = stored_octets_of(base);
        file.folder =
            foreign_folder_of(name.ends_with(".emlx") ? apple_folders_in(path)
                              : part == part::none    ? path
                                                      : above(path)); // "cur" is no part of a folder's name
        if (name.starts_with('.') || part == part::none) {
            const mh_marks known = mh.of(name);
            file.place =
                mh_folder::is_deleted_name(name) ? foreign_place::discarded : foreign_place::elsewhere;
            file.marks = known.marks;
            file.deleted = known.deleted;
        } else {
            file.place = part == part::temporary ? foreign_place::unfinished : foreign_place::message;
            read_name(file, name);
        }
        out.push_back(std::move(file));
    }

    static void read_name(foreign_file& file, std::string_view name)
    {
        const foreign_name read = read_foreign_name(name);
        file.marks = read.marks;
        if (const auto arrival = arrival_microseconds_of(read.base))
            file.arrival = base::wall_time(
                std::chrono::duration_cast<base::wall_time::duration>(std::chrono::microseconds(*arrival)));
        if (const auto canonical = canonical_octets_of(read.base)) {
            file.canonical_octets = *canonical;
            file.stored_octets = stored_octets_of(read.base).value_or(0);
        }
    }
};

/// How many octets at the end of `text` stand for a ':'; 0 where none do.
std::size_t separator_octets(std::string_view text)
{
    constexpr std::string_view single = ":;!_-+";
    constexpr std::size_t private_use_octets =
        3; // U+F000 to U+F0FF, as Linux and macOS map what a disk forbids
    if (text.empty()) return 0;
    if (single.contains(text.back())) return 1;
    if (text.size() < private_use_octets) return 0;
    const std::string_view last = text.substr(text.size() - private_use_octets);
    const auto second = static_cast<unsigned char>(last[1]);
    return last[0] == '\xEF' && second >= 0x80 && second <= 0x83 ? private_use_octets : 0;
}

/// Takes off what programs put around the name of a directory that holds folders.
std::string_view without_wrapping(std::string_view name)
{
    constexpr std::string_view kmail = ".directory";
    constexpr std::string_view thunderbird = ".sbd";
    if (name.size() > kmail.size() + 1 && name.starts_with('.') && name.ends_with(kmail))
        return name.substr(1, name.size() - 1 - kmail.size());
    if (name.size() > thunderbird.size() && name.ends_with(thunderbird))
        return name.substr(0, name.size() - thunderbird.size());
    return name;
}

/// "INBOX.Sent", as OfflineIMAP writes what a server shows so: '.' is the separator there.
bool is_below_inbox(std::string_view directory)
{
    constexpr std::string_view inbox = "INBOX.";
    return base::equal_ignoring_case(directory.substr(0, inbox.size()), inbox) &&
           !directory.ends_with(".mbox");
}

/// One directory's name as parts of a folder's: several for Maildir++.
std::string folder_parts_of(std::string_view directory)
{
    const std::string_view plain = without_wrapping(directory);
    std::string out;
    if (plain.size() == directory.size() && is_below_inbox(plain))
        out = folder_name_of('.' + std::string(plain)).value_or("");
    if (plain.size() == directory.size() && directory.starts_with('.'))
        if (const auto folder = folder_name_of(directory)) out = *folder;
    if (out.empty()) {
        // Modified UTF-7 where it is that; a '.' would be taken for a separator.
        std::string dotless(plain);
        std::ranges::replace(dotless, '.', '_');
        out = folder_name_of('.' + dotless).value_or(dotless);
    }
    std::string good;
    for (std::string_view rest = out; !rest.empty();) {
        const std::string_view one = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        good += (good.empty() ? "" : "/") + writable_folder_part(one);
    }
    return good;
}

} // namespace

base::result<std::vector<foreign_file>> list_foreign_tree(disk::directory& top)
{
    walker all;
    if (auto walked = all.walk(top, {}, part::none, 0); !walked) return base::fail(walked.error());
    std::ranges::sort(all.out, {}, &foreign_file::path);
    return std::move(all.out);
}

foreign_name read_foreign_name(std::string_view name)
{
    constexpr std::string_view version = "2,";
    const std::size_t end = name.rfind(version);
    foreign_name out{.base = base_of(name), .marks = {}};
    if (end == std::string_view::npos) return out;
    const std::string_view flags = name.substr(end + version.size());
    const std::size_t separator = separator_octets(name.substr(0, end));
    if (separator == 0 || !std::ranges::all_of(flags, base::is_letter)) return out;
    out.base = name.substr(0, end - separator);
    out.marks = marks_of(":2," + std::string(flags));
    return out;
}

std::string foreign_folder_of(std::string_view path)
{
    std::string out;
    while (!path.empty()) {
        const std::string_view one = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(one.size() + 1, path.size()));
        out += (out.empty() ? "" : "/") + folder_parts_of(one);
        out = std::string(without_inbox(out)); // which such trees keep beside the others, or around them
    }
    while (!directory_name_of(out)) out.resize(out.rfind('/')); // too long: the parts above are not
    return out;
}

} // namespace store::maildir
