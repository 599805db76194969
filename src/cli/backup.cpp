// restanted backup: a copy of everything that another machine would need to go on, made while the daemon serves.
#include "base/clock.hpp"
#include "cli/backup_files.hpp"
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/root.hpp"
#include "cli/terminal.hpp"
#include "config/schema.hpp"
#include "disk/posix.hpp"
#include "store/maildir/held.hpp"
#include "store/maildir/kept_files.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <variant>
#include <vector>

namespace cli {

namespace {

constexpr std::string_view unfinished_manifest = "restante-backup.unfinished";
constexpr std::chrono::seconds progress_after{1}; // a shorter one is over before anyone has read it

/// Without links on the way: two names of one folder must not be taken for two folders.
std::string real_path(const std::string& path)
{
    std::error_code trouble;
    const auto out = std::filesystem::weakly_canonical(path, trouble);
    return trouble ? path : out.string();
}

bool lies_in(const std::string& path, const std::string& folder)
{
    return path == folder || path.starts_with(folder + '/');
}

class backup_run {
public:
    /// `destination` and `target`: the same folder, for the copies and for the manifest.
    backup_run(const config::configuration& configuration, std::unique_ptr<disk::directory> destination,
               std::unique_ptr<disk::directory> target)
        : root_(real_path(configuration.root)),
          mail_(real_path(config::in_root(configuration, configuration.mail))),
          log_(configuration.log.file.empty()
                   ? ""
                   : real_path(config::in_root(configuration, configuration.log.file))),
          copier_(std::move(destination)),
          target_(std::move(target))
    {
    }

    base::result<> run(const std::optional<std::string>& configuration_file)
    {
        auto manifest = target_->create(unfinished_manifest);
        if (!manifest) return base::fail(manifest.error());
        manifest_ = std::move(*manifest);
        if (auto written = manifest_->write("restante-backup 1\n"); !written) return written;
        if (configuration_file && !lies_in(real_path(*configuration_file), root_))
            if (auto done = configuration_from(*configuration_file); !done) return done;
        // The users before the mail: whoever is added meanwhile is in the next one with both.
        if (auto done = root(); !done) return done;
        if (auto done = mail(); !done) return done;
        return finish();
    }

    std::uint64_t files() const { return files_; }
    std::uint64_t octets() const { return octets_; }

private:
    base::result<> configuration_from(const std::string& path)
    {
        const auto [folder, name] = split_path(path);
        auto directory = files_on_disk_.open(folder);
        if (!directory) return base::fail(directory.error());
        return take(**directory, name, "config/restanted.toml");
    }

    base::result<> root()
    {
        auto directory = files_on_disk_.open(root_);
        return directory ? folder(std::move(*directory), "root") : base::fail(directory.error());
    }

    base::result<> mail()
    {
        auto directory = files_on_disk_.open(mail_);
        if (!directory) return base::fail(directory.error());
        // Without it the disk is not mounted, and the backup would be empty.
        if (const auto marker = (*directory)->status(store::maildir::root_marker); !marker)
            return base::fail(marker.error());
        return folder(std::move(*directory), "mail");
    }

    /// The mail, which is copied by itself, and what a start makes anew or only this machine's daemon needs.
    bool is_left_out(const std::string& path) const
    {
        if (!path.starts_with("root/")) return false;
        const auto on_disk = root_ + path.substr(path.find('/'));
        return path == "root/run" || path == "root/.restante" || on_disk == mail_ || on_disk == log_;
    }

    base::result<> folder(std::unique_ptr<disk::directory> directory, const std::string& path)
    {
        std::vector<std::string> names;
        auto listed = directory->list([&](std::string_view name) { names.emplace_back(name); });
        if (!listed) return listed;
        const auto has = [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
        const bool is_maildir = path.starts_with("mail/") && has("new") && has("cur");
        for (const auto& name : names) {
            if (store::maildir::is_dispensable(name) || is_left_out(path + '/' + name)) continue;
            if (is_maildir && name == store::maildir::held_name) continue; // with the messages
            if (auto done = entry(*directory, name, path, is_maildir); !done) return done;
        }
        if (is_maildir)
            if (auto done = messages(std::move(directory), path); !done) return done;
        return copier_.settle();
    }

    base::result<> entry(disk::directory& parent, const std::string& name, const std::string& path,
                         bool is_maildir)
    {
        const auto status = parent.status(name);
        if (!status && status.error().kind == base::failure::vanished) return {};
        if (!status) return base::fail(status.error());
        if (status->kind != disk::kind::directory)
            return unless_vanished(take_or_skip(parent, name, path + '/' + name));
        auto directory = parent.open_directory(name);
        if (!directory) return unless_vanished(base::fail(directory.error()));
        // The messages of a Maildir are found otherwise; but a user may be called "new" beside one called "cur".
        if (is_maildir && (name == "new" || name == "cur" || name == "tmp"))
            return folders_in(**directory, path + '/' + name);
        return folder(std::move(*directory), path + '/' + name);
    }

    static base::result<> unless_vanished(base::result<> outcome)
    {
        return outcome || outcome.error().kind == base::failure::vanished ? base::result<>() : outcome;
    }

    base::result<> folders_in(disk::directory& directory, const std::string& path)
    {
        std::vector<std::string> names;
        auto listed = directory.list([&](std::string_view name) {
            if (const auto status = directory.status(name); status && status->kind == disk::kind::directory)
                names.emplace_back(name);
        });
        if (!listed) return listed;
        for (const auto& name : names)
            if (auto done = entry(directory, name, path, false); !done) return done;
        return {};
    }

    base::result<> messages(std::unique_ptr<disk::directory> directory, const std::string& path)
    {
        store::maildir::folders folders;
        folders.path = path;
        folders.maildrop = std::move(directory);
        if (const auto opened = store::maildir::open_parts(folders, false); !opened)
            return base::fail(opened.error());
        return store::maildir::visit_messages(
            folders, clock_,
            [&](disk::directory& source, const std::string& folder, const std::string& name) {
                return take_or_skip(source, name, path + '/' + folder + '/' + name);
            });
    }

    base::result<> take_or_skip(disk::directory& directory, const std::string& name, const std::string& path)
    {
        auto taken = take(directory, name, path);
        if (taken || taken.error().kind != base::failure::refused) return taken;
        complain("left out: " + path + ": " + taken.error().operator_text);
        return {};
    }

    base::result<> take(disk::directory& directory, const std::string& name, const std::string& path)
    {
        const auto copied = copier_.copy(directory, name, path);
        if (!copied) return base::fail(copied.error());
        ++files_;
        octets_ += copied->octets;
        show_progress();
        return manifest_->write(format_manifest_line(*copied));
    }

    void show_progress()
    {
        const auto now = clock_.steady_now();
        if (now - shown_at_ < progress_after || ::isatty(STDERR_FILENO) == 0) return;
        shown_at_ = now;
        fmt::print(stderr, "\r{} files, {} octets", files_, octets_);
    }

    base::result<> finish()
    {
        if (auto settled = copier_.settle(); !settled) return settled;
        if (auto synced = manifest_->sync(); !synced) return synced;
        if (auto closed = manifest_->close(); !closed) return closed;
        if (auto named = target_->rename(unfinished_manifest, *target_, backup_manifest_name); !named)
            return named;
        return target_->sync();
    }

    const std::string root_;
    const std::string mail_;
    const std::string log_;
    disk::posix_file_system files_on_disk_;
    base::system_clock clock_;
    file_copier copier_;
    std::unique_ptr<disk::directory> target_;
    std::unique_ptr<disk::file> manifest_;
    std::uint64_t files_ = 0;
    std::uint64_t octets_ = 0;
    base::steady_time shown_at_ = clock_.steady_now();
};

struct named_path {
    std::string_view key; ///< of the configuration
    std::string path;
};

/// What keys name and the backup has not: a certificate that another program keeps, the users of several machines.
std::vector<named_path> outside_of(const config::configuration& configuration)
{
    auto values = configuration; // the keys lead to members of one that may be changed
    const auto root = real_path(configuration.root);
    const auto mail = real_path(config::in_root(configuration, configuration.mail));
    std::vector<named_path> out;
    for (const auto& key : config::site_keys()) {
        const auto* const rule = std::get_if<config::text>(&key.rule);
        if (rule == nullptr || (rule->check != &config::is_path && rule->check != &config::is_path_or_empty))
            continue;
        const auto& value = rule->member(&values);
        if (value.empty() || key.path == "maildrops.folder" || key.path == "log.file") continue;
        const auto path = real_path(config::in_root(configuration, value));
        if (!lies_in(path, root) && !lies_in(path, mail)) out.push_back({key.path, path});
    }
    return out;
}

std::string as_json(const backup_run& run, const std::vector<named_path>& outside)
{
    boost::json::array paths;
    for (const auto& entry : outside) paths.emplace_back(entry.path);
    return boost::json::serialize(
        boost::json::object{{"files", run.files()}, {"octets", run.octets()}, {"outside", std::move(paths)}});
}

base::result<> back_up(const config::configuration& configuration,
                       const std::optional<std::string>& configuration_file, const std::string& folder,
                       answer_style style)
{
    const auto target = real_path(folder);
    for (const auto& own :
         {real_path(configuration.root), real_path(config::in_root(configuration, configuration.mail))})
        if (lies_in(target, own))
            return base::fail(
                {base::failure::malformed, false, "a backup of itself",
                 folder + " lies in " + own + ", which is to be copied; name a folder elsewhere"});
    disk::posix_file_system files;
    auto directory = open_empty(files, target);
    if (!directory) return base::fail(directory.error());
    auto again = files.open(target);
    if (!again) return base::fail(again.error());
    backup_run run(configuration, std::move(*directory), std::move(*again));
    if (auto done = run.run(configuration_file); !done) return done;
    const auto outside = outside_of(configuration);
    for (const auto& [key, path] : outside)
        complain(fmt::format(
            "not copied: {}, which {} names and which lies outside the root; keep a copy of it", path, key));
    if (style.json)
        print_octets(as_json(run, outside) + "\n");
    else
        print(fmt::format("{} files with {} octets are in {}\n", run.files(), run.octets(), folder));
    return {};
}

} // namespace

int backup(const source& origin, const std::string& folder, answer_style style)
{
    const auto configuration = usable_configuration(origin);
    if (!configuration) return EX_CONFIG;
    const auto done = back_up(*configuration, origin.file_to_read(), folder, style);
    return done ? EX_OK : report(done.error());
}

} // namespace cli
