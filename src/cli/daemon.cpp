// The running daemon: composed once, reloaded often, stopped in good order.
#include "cli/daemon.hpp"

#include "cli/inspection.hpp"
#include "cli/machine.hpp"
#include "cli/site.hpp"
#include "cli/version.hpp"

#include <sstream>

namespace cli {

namespace {

base::error as_error(std::span<const fault> faults, const std::string& file_name)
{
    std::string text;
    for (const auto& each : format_faults(faults, file_name))
        text.append(text.empty() ? "" : "\n").append(each);
    return {base::failure::malformed, false, "the configuration has faults", std::move(text)};
}

std::vector<std::string> socket_paths(const server::settings& site)
{
    std::vector<std::string> out{site.admin_socket_path};
    for (const auto& listener : site.listeners)
        if (!listener.address.path.empty()) out.push_back(listener.address.path);
    return out;
}

} // namespace

base::result<std::unique_ptr<daemon>> daemon::open(const source& from, const configuration& of)
{
    auto out = std::unique_ptr<daemon>(new daemon(from, of));
    if (auto done = out->begin(); !done) return base::fail(done.error());
    if (auto done = out->open_doors(); !done) return base::fail(done.error());
    return out;
}

daemon::daemon(const source& from, const configuration& of) : from_(from), in_force_(of) {}

base::result<> daemon::begin()
{
    auto whom = find_identity(in_force_.user, in_force_.group);
    if (!whom) return base::fail(whom.error());
    whom_ = *std::move(whom);
    disk::posix_file_system files;
    auto root = prepare_root(in_force_, files, clock_.now());
    if (!root) return base::fail(root.error());
    root_ = *std::move(root);
    if (whom_)
        if (auto done = hand_over(root_.made, *whom_); !done) return done;
    reading as_read{in_force_, {}, {}};
    if (const auto faults = inspect(as_read, files, clock_.now()); !faults.empty())
        return base::fail(as_error(faults, from_.name()));
    auto log = log_sink::open(in_force_.log, in_root(in_force_, in_force_.log.file), clock_);
    if (!log) return base::fail(log.error());
    log_ = *std::move(log);
    auto sockets = take_inherited_sockets();
    if (!sockets) return base::fail(sockets.error());
    inherited_ = *std::move(sockets);
    auto rooms = house::open(in_force_, *log_, root_.secret);
    if (!rooms) return base::fail(rooms.error());
    rooms_ = *std::move(rooms);
    return {};
}

base::result<> daemon::open_doors()
{
    const auto site = settings(in_force_);
    const auto wanted = open_files_needed(site.limits.connections_max);
    if (const auto files = raise_open_files(wanted); files < wanted)
        log_->warning("open-files-limit", {{"wanted", wanted}, {"got", files}});
    server::hooks hooks{[this] { return reload(); }, [this] { return refresh_users(); },
                        [folder = in_root(in_force_, in_force_.mail)] { return look_at_machine(folder); }};
    office_ = std::make_unique<server::post_office>(site,
                                                    server::parts{rooms_->mail, rooms_->users,
                                                                  rooms_->authenticator, rooms_->clock,
                                                                  rooms_->random, *log_},
                                                    std::move(hooks));
    if (auto opened = office_->open(); !opened) return opened;
    if (!whom_) return {};
    auto paths = socket_paths(site);
    if (in_force_.log.target == log_target::file) paths.push_back(in_root(in_force_, in_force_.log.file));
    if (auto done = hand_over(paths, *whom_); !done) return done;
    return become(*whom_);
}

void daemon::run(const std::function<void()>& ready)
{
    log_->notice("started", {{"version", version},
                             {"root", std::string_view(in_force_.root)},
                             {"users", std::uint64_t{rooms_->users.users()}}});
    for (const auto& door : office_->listening())
        log_->info("listening", {{"address", std::string_view(door.address)}});
    ready();
    office_->run();
}

void daemon::stop()
{
    office_->stop();
}

base::result<> daemon::reload()
{
    const std::scoped_lock one_at_a_time(reloading_);
    auto what = read(from_);
    if (auto good = check_all(what); !good) return good;
    auto differs = office_->reload(settings(what.values));
    if (!differs) return base::fail(differs.error());
    if (auto done = rooms_->users.load(); !done) return done;
    office_->users_changed();
    if (auto done = log_->change(what.values.log, in_root(what.values, what.values.log.file)); !done)
        return done;
    tell_restart_needed(what.values, *differs);
    in_force_ = std::move(what.values);
    return {};
}

void daemon::reload_and_log()
{
    const auto done = reload();
    if (done) return;
    std::istringstream lines(done.error().operator_text);
    for (std::string line; std::getline(lines, line);)
        log_->error("reload-refused", {{"why", std::string_view(line)}});
}

base::result<> daemon::check_all(const reading& what)
{
    auto faults = what.faults;
    for (auto& each : inspect(what, rooms_->files, clock_.now())) faults.push_back(std::move(each));
    if (!faults.empty()) return base::fail(as_error(faults, from_.name()));
    return rooms_->check_users();
}

base::result<> daemon::refresh_users()
{
    const auto fresh = rooms_->users.refresh();
    if (!fresh) return base::fail(fresh.error());
    if (!*fresh) return {};
    office_->users_changed();
    log_->notice("users-read", {{"users", std::uint64_t{rooms_->users.users()}}});
    return {};
}

server::settings daemon::settings(const configuration& of) const
{
    return site_settings(of, inherited_);
}

void daemon::tell_restart_needed(const configuration& now, std::span<const std::string> by_office)
{
    std::vector<std::string> what(by_office.begin(), by_office.end());
    const auto differs = [&](const auto& before, const auto& after, const char* key) {
        if (before != after) what.emplace_back(key);
    };
    differs(in_force_.root, now.root, "root");
    differs(in_force_.user, now.user, "user");
    differs(in_force_.group, now.group, "group");
    differs(in_force_.mail, now.mail, "maildrops.folder");
    differs(in_force_.auth.users, now.auth.users, "auth.users");
    differs(in_force_.auth.success_cache, now.auth.success_cache, "auth.success_cache");
    for (const auto& each : what) log_->warning("restart-needed", {{"what", std::string_view(each)}});
}

} // namespace cli
