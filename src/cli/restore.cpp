// restanted restore: a root folder made from a backup, every file compared with its checksum.
#include "cli/backup_files.hpp"
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/process.hpp"
#include "cli/root.hpp"
#include "cli/terminal.hpp"
#include "disk/posix.hpp"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
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
            return base::fail(damaged(file.path, "no folder of a backup"));
        const auto last = file.path.rfind('/');
        auto in = source_folder(file.path.substr(0, last));
        if (!in) return base::fail(in.error());
        auto& into = area == "mail" ? mail_ : root_;
        const auto copied = into.copy(**in, file.path.substr(last + 1), file.path.substr(area_end + 1));
        if (!copied && copied.error().kind == base::failure::vanished)
            return base::fail(damaged(file.path, "it is missing"));
        if (!copied) return base::fail(copied.error());
        if (copied->sha256 != file.sha256 || copied->octets != file.octets)
            return base::fail(damaged(file.path, "its octets are not those that were copied"));
        ++files_;
        octets_ += file.octets;
        return {};
    }

    static base::error damaged(const std::string& path, std::string_view why)
    {
        return {base::failure::malformed, false, "damaged backup",
                "the backup is damaged: " + path + ": " + std::string(why)};
    }

    /// The files of one folder stand together: the last one is kept open.
    base::result<disk::directory*> source_folder(const std::string& path)
    {
        if (source_ && source_path_ == path) return source_.get();
        std::unique_ptr<disk::directory> at;
        for (std::size_t from = 0; from <= path.size();) {
            const auto end = std::min(path.find('/', from), path.size());
            auto next = (at ? *at : *backup_).open_directory(path.substr(from, end - from));
            if (!next && next.error().kind == base::failure::vanished)
                return base::fail(damaged(path, "it is missing"));
            if (!next) return base::fail(next.error());
            at = std::move(*next);
            from = end + 1;
        }
        if (auto settled = root_.settle(); !settled) return base::fail(settled.error());
        if (auto settled = mail_.settle(); !settled) return base::fail(settled.error());
        source_ = std::move(at);
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

/// By name, for nobody else can write there: the folder around it is still root's.
base::result<> hand_over(const std::string& path, const identity& whom)
{
    if (lchown(path.c_str(), whom.user, whom.group) == 0) return {};
    return base::fail(base::error_from_errno(errno, "hand " + path + " over to the user " + whom.name));
}

/// Root gives all of it to whom the daemon will be: first what is in a folder, then the folder.
base::result<> hand_over_all(disk::file_system& files, const std::string& path, const identity& whom)
{
    auto folder = files.open(path);
    if (!folder) return base::fail(folder.error());
    std::vector<std::string> names;
    if (auto listed = (*folder)->list([&](std::string_view name) { names.emplace_back(name); }); !listed)
        return listed;
    for (const auto& name : names) {
        const auto status = (*folder)->status(name);
        if (!status) return base::fail(status.error());
        auto done = status->kind == disk::kind::directory ? hand_over_all(files, path + '/' + name, whom)
                                                          : hand_over(path + '/' + name, whom);
        if (!done) return done;
    }
    return hand_over(path, whom);
}

base::result<> restore_into(const configuration& of, const std::string& folder, answer_style style)
{
    const auto configured = find_identity(of.user, of.group);
    if (!configured) return base::fail(configured.error());
    const auto whom = *configured ? *configured : owner_of(of.root); // asked before it is filled
    disk::posix_file_system files;
    auto backup = files.open(folder);
    if (!backup) return base::fail(backup.error());
    // Looked at before anything is made.
    if (const auto good = read_manifest(**backup, [](const backed_up_file&) { return base::result<>(); });
        !good)
        return good;
    auto root = open_empty(files, of.root);
    if (!root) return base::fail(root.error());
    auto mail = open_empty(files, in_root(of, of.mail));
    if (!mail) return base::fail(mail.error());
    restore_run run(std::move(*backup), std::move(*root), std::move(*mail));
    if (auto done = run.run(); !done) return done;
    if (whom && is_root())
        for (const auto& path : {of.root, in_root(of, of.mail)})
            if (auto done = hand_over_all(files, path, *whom); !done) return done;
    print(style.json ? fmt::format("{{\"files\":{},\"octets\":{}}}\n", run.files(), run.octets())
                     : fmt::format("{} files with {} octets are in {}, each as it was copied\n", run.files(),
                                   run.octets(), of.root));
    return {};
}

} // namespace

int restore(const source& from, const std::string& folder, answer_style style)
{
    const auto of = usable_configuration(from);
    if (!of) return EX_CONFIG;
    const auto done = restore_into(*of, folder, style);
    return done ? EX_OK : report(done.error());
}

} // namespace cli
