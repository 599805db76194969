// restanted restore: a root folder made from a backup, every file compared with its checksum.
#include "cli/backup_files.hpp"
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/process.hpp"
#include "cli/root.hpp"
#include "cli/terminal.hpp"
#include "disk/posix.hpp"
#include "net/descriptor.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <ranges>
#include <set>

namespace cli {

namespace {

class restore_run {
public:
    restore_run(std::unique_ptr<disk::directory> backup, std::unique_ptr<disk::directory> root,
                std::unique_ptr<disk::directory> mail)
        : backup_(std::move(backup)), source_(nullptr), root_(std::move(root)), mail_(std::move(mail))
    {
    }

    base::result<> run()
    {
        auto done = read_manifest(*backup_, [&](const backed_up_file& file) { return put(file); });
        if (!done) return done;
        if (auto settled = root_.settle(); !settled) return settled;
        return mail_.settle();
    }

    std::uint64_t files() const { return files_; }
    std::uint64_t octets() const { return octets_; }

private:
    base::result<> put(const backed_up_file& file)
    {
        const auto area_end = file.path.find('/');
        const auto area = file.path.substr(0, area_end);
        if (area_end == std::string::npos || (area != "root" && area != "config" && area != "mail"))
            return base::fail(damaged(file.path, "not a backup folder"));
        const auto last = file.path.rfind('/');
        auto folder = source_folder(file.path.substr(0, last));
        if (!folder) return base::fail(folder.error());
        auto& copier = area == "mail" ? mail_ : root_;
        const auto copied = copier.copy(**folder, file.path.substr(last + 1), file.path.substr(area_end + 1));
        if (!copied && copied.error().kind == base::failure::vanished)
            return base::fail(damaged(file.path, "it is missing"));
        if (!copied) return base::fail(copied.error());
        if (copied->sha256 != file.sha256 || copied->octets != file.octets)
            return base::fail(damaged(file.path, "its octets are not those that were copied"));
        ++files_;
        octets_ += file.octets;
        return {};
    }

    static base::error damaged(const std::string& path, std::string_view reason)
    {
        return {base::failure::malformed, false, "damaged backup",
                "the backup is damaged: " + path + ": " + std::string(reason)};
    }

    /// The files of one folder stand together: the last one is kept open.
    base::result<disk::directory*> source_folder(const std::string& path)
    {
        if (source_ && source_path_ == path) return source_.get();
        std::unique_ptr<disk::directory> folder;
        for (std::size_t start = 0; start <= path.size();) {
            const auto end = std::min(path.find('/', start), path.size());
            auto next = (folder ? *folder : *backup_).open_directory(path.substr(start, end - start));
            if (!next && next.error().kind == base::failure::vanished)
                return base::fail(damaged(path, "it is missing"));
            if (!next) return base::fail(next.error());
            folder = std::move(*next);
            start = end + 1;
        }
        if (auto settled = root_.settle(); !settled) return base::fail(settled.error());
        if (auto settled = mail_.settle(); !settled) return base::fail(settled.error());
        source_ = std::move(folder);
        source_path_ = path;
        return source_.get();
    }

    std::unique_ptr<disk::directory> backup_;
    std::unique_ptr<disk::directory> source_;
    std::string source_path_;
    file_copier root_;
    file_copier mail_;
    std::uint64_t files_ = 0;
    std::uint64_t octets_ = 0;
};

/// A folder that root fills for another user: root's alone until all of it is there, so that its owner can put nothing
/// into the place of what is handed over, neither a link nor a file of somebody else's.
class folder_to_hand_over {
public:
    /// Takes the folder at `path`, which is open as `empty`, from `whom`; an error where it is another one by now, or
    /// no longer empty.
    static base::result<folder_to_hand_over> take(const std::string& path, disk::directory& empty,
                                                  const identity& whom)
    {
        folder_to_hand_over out(path);
        out.folder_ = net::descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!out.folder_.valid())
            return base::fail(
                base::error_from_errno(errno, "open " + path + " (a folder, not a link to one)"));
        struct stat ours{};
        const auto theirs = empty.status();
        if (!theirs || fstat(out.folder_.get(), &ours) != 0 || ours.st_ino != theirs->inode)
            return base::fail(disturbed(path));
        if (fchown(out.folder_.get(), 0, 0) != 0 || fchmod(out.folder_.get(), 0700) != 0)
            return base::fail(base::error_from_errno(errno, "take " + path + " for the time of the copy"));
        bool still_empty = true;
        if (auto listed = empty.list([&](std::string_view) { still_empty = false; }); listed && still_empty)
            return out;
        if (fchown(out.folder_.get(), whom.user, whom.group) != 0) // as it was
            return base::fail(not_handed_over(path, whom));
        return base::fail(disturbed(path));
    }

    base::result<> hand_over(const identity& whom) { return hand_over_all(std::move(folder_), path_, whom); }

private:
    explicit folder_to_hand_over(std::string path) : path_(std::move(path)) {}

    static base::error disturbed(const std::string& path)
    {
        return {base::failure::refused, false, "not permitted",
                "somebody changed " + path + " while it was looked at; restore again when nobody does"};
    }

    /// First what is in a folder, then the folder.
    static base::result<> hand_over_all(net::descriptor folder, const std::string& path, const identity& whom)
    {
        const int number = folder.get();
        const std::unique_ptr<DIR, int (*)(DIR*)> listed(fdopendir(number), closedir);
        if (!listed) return base::fail(base::error_from_errno(errno, "list " + path));
        folder.release();
        while (const auto* const entry = readdir(listed.get())) { // this thread's alone
            const std::string name = entry->d_name;
            if (name == "." || name == "..") continue;
            net::descriptor inner(
                openat(number, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (inner.valid()) {
                if (auto done = hand_over_all(std::move(inner), path + '/' + name, whom); !done) return done;
            } else if (fchownat(number, name.c_str(), whom.user, whom.group, AT_SYMLINK_NOFOLLOW) != 0)
                return base::fail(not_handed_over(path + '/' + name, whom));
        }
        if (fchown(number, whom.user, whom.group) == 0) return {};
        return base::fail(not_handed_over(path, whom));
    }

    static base::error not_handed_over(const std::string& path, const identity& whom)
    {
        return base::error_from_errno(errno, "hand " + path + " over to the user " + whom.name);
    }

    std::string path_;
    net::descriptor folder_;
};

base::result<> restore_into(const config::configuration& configuration,
                            std::unique_ptr<disk::directory> backup, answer_style style)
{
    const auto configured = find_identity(configuration.user, configuration.group);
    if (!configured) return base::fail(configured.error());
    const auto whom = *configured ? *configured : owner_of(configuration.root); // asked before it is filled
    disk::posix_file_system files;
    // Looked at before anything is made.
    if (const auto good = read_manifest(*backup, [](const backed_up_file&) { return base::result<>(); });
        !good)
        return good;
    const bool hands_over = whom && is_root();
    std::vector<folder_to_hand_over> taken;
    std::vector<std::unique_ptr<disk::directory>> filled;
    for (const auto& path : {configuration.root, config::in_root(configuration, configuration.mail)}) {
        auto empty = open_empty(files, path);
        if (!empty) return base::fail(empty.error());
        if (hands_over) {
            auto mine = folder_to_hand_over::take(path, **empty, *whom);
            if (!mine) return base::fail(mine.error());
            taken.push_back(*std::move(mine));
        }
        filled.push_back(*std::move(empty));
    }
    restore_run run(std::move(backup), std::move(filled[0]), std::move(filled[1]));
    if (auto done = run.run(); !done) return done;
    // The mail first: where it lies in the root, that is root's alone until the end.
    for (auto& mine : std::views::reverse(taken))
        if (auto done = mine.hand_over(*whom); !done) return done;
    print(style.json ? fmt::format("{{\"files\":{},\"octets\":{}}}\n", run.files(), run.octets())
                     : fmt::format("{} files with {} octets are in {}, each as it was copied\n", run.files(),
                                   run.octets(), configuration.root));
    return {};
}

} // namespace

int restore(const source& origin, const std::string& folder, answer_style style)
{
    const auto configuration = usable_configuration(origin);
    if (!configuration) return EX_CONFIG;
    disk::posix_file_system files;
    auto backup = files.open(folder);
    if (!backup) {
        const int code = report(backup.error());
        return backup.error().kind == base::failure::vanished ? EX_NOINPUT : code;
    }
    const auto done = restore_into(*configuration, *std::move(backup), style);
    return done ? EX_OK : report(done.error());
}

} // namespace cli
