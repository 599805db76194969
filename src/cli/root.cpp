// The folder that everything lies in: made at the first start, recognised at every other.
#include "cli/root.hpp"

#include "base/encoding.hpp"
#include "cli/trusted_path.hpp"
#include "config/site.hpp"
#include "net/tls/context.hpp"
#include "store/maildir/maildir_store.hpp"
#include "store/maildir/place.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace cli {

namespace {

constexpr std::string_view state_file = ".restante";
constexpr std::uint64_t state_octets_max = 1U << 20U;

std::string name_of_user(uid_t user)
{
    const passwd* const account = getpwuid(user); // before any thread
    return account != nullptr ? std::string(account->pw_name) : std::to_string(user);
}

std::string name_of_group(gid_t group)
{
    const ::group* const named = getgrgid(group); // before any thread
    return named != nullptr ? std::string(named->gr_name) : std::to_string(group);
}

// Whose the files of the root are to be; none where they are root's.
std::optional<identity> owner_to_be(const config::configuration& values)
{
    if (auto configured = find_identity(values.user, values.group); configured && *configured)
        return *configured;
    struct stat found{};
    if (stat(values.root.c_str(), &found) != 0 || found.st_uid == 0) return std::nullopt;
    return identity{found.st_uid, found.st_gid, name_of_user(found.st_uid)};
}

std::string make_empty(const config::configuration& values, const std::string& path)
{
    const auto owner = owner_to_be(values);
    const auto ownership =
        owner ? "-o " + owner->name + " -g " + name_of_group(owner->group) + " " : std::string();
    return "install " + ownership + "-m 600 /dev/null " + path;
}

class preparation {
public:
    preparation(const config::configuration& configuration, disk::file_system& files)
        : of_(configuration), files_(files)
    {
    }

    /// What was made once and is missing now is trouble that must not be covered up by a new one.
    base::result<> recognise()
    {
        if (!files_.open(of_.root)) return {}; // whoever needs it says so
        if (auto done = read_state(); !done) return done;
        const auto marked = is_there(marker());
        if (!marked) return base::fail(marked.error());
        if (!*marked && knows(mail())) return base::fail(not_mounted());
        const auto users = is_there(this->users());
        if (!users) return base::fail(users.error());
        if (!*users && users_were_there()) return base::fail(users_lost());
        return {};
    }

    /// The root is there, was made, and nothing of it is missing.
    base::result<> complete()
    {
        if (auto root = files_.open(of_.root); !root) return base::fail(no_root(root.error()));
        if (auto done = recognise(); !done) return done;
        const auto marked = is_there(marker());
        if (!marked) return base::fail(marked.error());
        if (!*marked) return base::fail(never_made());
        return {};
    }

    // The users before the state: a start that is cut off in between is a first start again.
    base::result<> folders()
    {
        if (auto done = folder(of_.root); !done) return done;
        if (auto done = recognise(); !done) return done;
        if (auto done = folder(config::in_root(of_, "run")); !done) return done;
        if (auto done = users_file(); !done) return done;
        return mail_folder();
    }

    // Both are missing and both are ours: anything else is the operator's, and never written over.
    base::result<> certificate(base::wall_time now)
    {
        const config::configuration::tls_values ours;
        if (of_.tls.certificate != ours.certificate || of_.tls.key != ours.key) return {};
        const auto path = config::in_root(of_, ours.certificate);
        const auto key_path = config::in_root(of_, ours.key);
        for (const auto& file : {path, key_path}) {
            const auto found = is_there(file);
            if (!found) return base::fail(found.error());
            if (*found) return {};
        }
        if (auto done = folder(split_path(path).folder); !done) return done;
        const auto pem = net::make_certificate(config::site_settings(of_).host_name, now);
        if (!pem) return base::fail(pem.error());
        if (auto done = new_file(key_path, pem->key_pem); !done) return done;
        return new_file(path, pem->chain_pem);
    }

    base::result<std::unique_ptr<disk::lock>> lock()
    {
        auto run = files_.open(config::in_root(of_, "run"));
        if (!run) return base::fail(run.error());
        auto held = (*run)->lock_file("lock");
        if (!held && held.error().kind == base::failure::in_use)
            return base::fail({base::failure::in_use, true, "already running",
                               "another restanted serves " + of_.root + " already (it holds " +
                                   config::in_root(of_, "run/lock") +
                                   "); stop it first, or give this one a root of its own"});
        return held;
    }

    base::result<std::string> secret()
    {
        base::system_random random;
        return root_secret(files_, of_.root, random);
    }

    base::result<mail_folder_state> look_at_mail()
    {
        const auto root = files_.open(of_.root);
        if (!root && root.error().kind == base::failure::vanished) return mail_folder_state::first_start;
        if (auto done = read_state(); !done) return base::fail(done.error());
        const auto marked = is_there(marker());
        if (!marked) return base::fail(marked.error());
        if (*marked) return mail_folder_state::ready;
        return knows(mail()) ? mail_folder_state::not_mounted : mail_folder_state::first_start;
    }

private:
    base::result<> folder(const std::string& path)
    {
        if (files_.open(path)) return {};
        return files_.make_path(path);
    }

    /// What cannot be looked at is not missing: only "no such file" is.
    base::result<bool> is_there(const std::string& path)
    {
        const auto [folder, name] = split_path(path);
        const auto directory = files_.open(folder);
        const auto status = directory ? (*directory)->status(name) : base::fail(directory.error());
        if (status) return true;
        if (status.error().kind == base::failure::vanished) return false;
        return base::fail(status.error());
    }

    base::result<> new_file(const std::string& path, std::string_view contents)
    {
        const auto [folder, name] = split_path(path);
        const auto directory = files_.open(folder);
        if (!directory) return base::fail(directory.error());
        return disk::replace_whole(**directory, name, contents);
    }

    base::result<> read_state()
    {
        const auto root = files_.open(of_.root);
        if (!root) return base::fail(root.error());
        auto text = disk::read_whole(**root, state_file, state_octets_max);
        if (!text && text.error().kind != base::failure::vanished) return base::fail(text.error());
        state_ = text.value_or(std::string());
        return {};
    }

    std::string mail() const { return config::in_root(of_, of_.mail); }
    std::string marker() const { return mail() + "/" + std::string(store::maildir::root_marker); }
    std::string users() const { return config::in_root(of_, of_.auth.users); }

    bool knows(const std::string& path) const
    {
        std::istringstream lines(state_);
        for (std::string line; std::getline(lines, line);)
            if (line == path) return true;
        return false;
    }

    // At its default place a known root has always had one; elsewhere only the state can say.
    bool users_were_there() const
    {
        const bool default_place = of_.auth.users == config::configuration::auth_values().users;
        return knows(users()) || (default_place && !state_.empty());
    }

    base::result<> mail_folder()
    {
        const auto marked = is_there(marker());
        if (!marked) return base::fail(marked.error());
        if (!*marked || !knows(mail())) {
            if (auto done = store::maildir_store::initialise_root(files_, mail()); !done) return done;
        }
        auto state = state_;
        const auto users_there = is_there(users());
        if (!knows(mail())) state += mail() + "\n";
        if (users_there && *users_there && !knows(users())) state += users() + "\n";
        return state == state_ ? base::result<>() : new_file(config::in_root(of_, state_file), state);
    }

    base::error not_mounted() const
    {
        return {
            base::failure::storage, true, "mail storage is not there",
            mail() + " has lost its marker file " + std::string(store::maildir::root_marker) +
                ", so the disk with the mail is not mounted. Mount it. Where the mail is gone for good and shall "
                "begin anew, take the line \"" +
                mail() + "\" out of " + config::in_root(of_, state_file)};
    }

    base::error users_lost() const
    {
        return {
            base::failure::storage, true, "the list of users is not there",
            users() +
                " was there and is missing. Put it back, or mount the disk that it lies on. Where the users "
                "are gone for good and should start empty: " +
                make_empty(of_, users())};
    }

    base::error no_root(const base::error& error) const
    {
        return {
            base::failure::storage, true, "the mail folder is not there",
            "the root " + of_.root + " cannot be opened (" + error.operator_text +
                "). Mount its disk, or name the right folder with --root; restanted serve makes a new one"};
    }

    base::error never_made() const
    {
        return {base::failure::storage, true, "the mail folder is not there",
                "no mail folder was made at " + mail() +
                    " yet; restanted serve or restanted user add makes it"};
    }

    base::result<> users_file()
    {
        if (of_.auth.users != config::configuration::auth_values().users) return {};
        const auto found = is_there(users());
        if (!found) return base::fail(found.error());
        return *found ? base::result<>() : new_file(users(), "");
    }

    const config::configuration& of_;
    disk::file_system& files_;
    std::string state_; ///< what ROOT/.restante held when recognise() read it
};

} // namespace

base::result<prepared_root> prepare_root(const config::configuration& configuration, disk::file_system& files,
                                         base::wall_time now)
{
    preparation steps(configuration, files);
    if (auto done = steps.folders(); !done) return base::fail(done.error());
    auto held = steps.lock();
    if (!held) return base::fail(held.error());
    if (auto done = steps.certificate(now); !done) return base::fail(done.error());
    auto secret = steps.secret();
    if (!secret) return base::fail(secret.error());
    return prepared_root{*std::move(held), *std::move(secret)};
}

base::result<> prepare_folders(const config::configuration& configuration, disk::file_system& files)
{
    return preparation(configuration, files).folders();
}

base::result<> make_folders_for(const config::configuration& configuration, const identity& owner)
{
    std::error_code ignored;
    if (std::filesystem::exists(configuration.root, ignored))
        return {}; // not the first start: what is missing now is missed
    if (auto done = make_folder_for(configuration.root, owner); !done) return done;
    return make_folder_for(config::in_root(configuration, configuration.mail), owner);
}

base::result<> recognise_root(const config::configuration& configuration, disk::file_system& files)
{
    return preparation(configuration, files).recognise();
}

base::result<> require_root(const config::configuration& configuration, disk::file_system& files)
{
    return preparation(configuration, files).complete();
}

std::string ownership_remedy(const std::string& root, const std::string& user)
{
    return root + " and all in it must belong to the user \"" + user + "\" (chown -R " + user + " " + root +
           ")";
}

std::string users_fault(const config::configuration& values, const base::error& error,
                        disk::file_system& files)
{
    const auto path = config::in_root(values, values.auth.users);
    if (error.kind == base::failure::vanished)
        if (const auto known = recognise_root(values, files); !known) return known.error().operator_text;
    struct stat found{};
    if (stat(path.c_str(), &found) != 0 || access(path.c_str(), R_OK) == 0) return error.operator_text;
    const auto owner = owner_to_be(values).value_or(identity{geteuid(), getegid(), name_of_user(geteuid())});
    return path + " belongs to the user " + name_of_user(found.st_uid) + ", and the user " + owner.name +
           " cannot read it: chown " + owner.name + ":" + name_of_group(owner.group) + " " + path +
           " && chmod 600 " + path;
}

base::result<mail_folder_state> look_at_mail_folder(const config::configuration& configuration,
                                                    disk::file_system& files)
{
    return preparation(configuration, files).look_at_mail();
}

placed_file split_path(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

namespace {

constexpr std::string_view secret_name = "secret";
constexpr std::size_t secret_octets = 32;
constexpr std::uint64_t file_octets_max = 4096;
constexpr std::uint32_t others = 0077;

std::string secret_path(const std::string& root)
{
    return root + "/" + std::string(secret_name);
}

base::error unusable(const std::string& root, const std::string& reason)
{
    return {base::failure::malformed, false, "the server cannot start",
            secret_path(root) + " " + reason +
                ". Restore it from a backup. Where there is none, remove it: a new one is "
                "made at the next start, and whoever asked before can tell from the SCRAM "
                "salts, once, which names are no users"};
}

} // namespace

base::result<std::string> root_secret(disk::file_system& files, const std::string& root, base::random& random)
{
    const auto folder = files.open(root);
    if (!folder) return base::fail(folder.error());
    const std::string name(secret_name);
    auto text = disk::read_whole(**folder, name, file_octets_max);
    if (!text && text.error().kind == base::failure::vanished) {
        auto fresh = random.octets(secret_octets);
        if (auto done = disk::replace_whole(**folder, name, base::to_hex(fresh) + "\n"); !done)
            return base::fail(done.error());
        return fresh;
    }
    if (!text) return base::fail(unusable(root, "cannot be read: " + text.error().operator_text));
    const auto status = (*folder)->status(name);
    if (!status) return base::fail(status.error());
    if ((status->mode & others) != 0)
        return base::fail({base::failure::refused, false, "the server cannot start",
                           secret_path(root) + " can be read by others: chmod 600 " + secret_path(root)});
    const bool ends = text->ends_with('\n');
    auto octets = base::from_hex(std::string_view(*text).substr(0, text->size() - (ends ? 1 : 0)));
    if (!octets || octets->size() != secret_octets)
        return base::fail(unusable(root, "does not hold 64 hexadecimal digits"));
    return *std::move(octets);
}

} // namespace cli
