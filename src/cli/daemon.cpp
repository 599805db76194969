// The running daemon: composed once, reloaded often, stopped in good order.
#include "cli/daemon.hpp"

#include "base/open_files.hpp"
#include "cli/command_support.hpp"
#include "cli/inspection.hpp"
#include "cli/machine.hpp"
#include "config/site.hpp"
#include "config/version.hpp"
#include "server/policies.hpp"

#include <linux/capability.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <system_error>

namespace cli {

namespace {

constexpr std::string_view open_files_remedy =
    "raise LimitNOFILE= of the unit, or ulimit -n, or lower limits.connections_max";

base::error as_error(std::span<const config::fault> faults, const std::string& file_name)
{
    std::string text;
    for (const auto& line : config::format_faults(faults, file_name))
        text.append(text.empty() ? "" : "\n").append(line);
    return {base::failure::malformed, false, "the configuration has faults", std::move(text)};
}

} // namespace

base::result<std::unique_ptr<daemon>> daemon::open(const source& origin,
                                                   const config::configuration& configuration)
{
    auto out = std::unique_ptr<daemon>(new daemon(origin, configuration));
    if (auto done = out->take_identity(); !done) return base::fail(done.error());
    if (auto done = out->begin(); !done) return base::fail(done.error());
    if (auto done = out->open_doors(); !done) return base::fail(done.error());
    return out;
}

daemon::daemon(const source& origin, const config::configuration& configuration)
    : from_(origin), in_force_(configuration)
{
}

// First of all, so that no path below is followed with root's rights: its user could replace what he can write to.
base::result<> daemon::take_identity()
{
    open_files_ =
        base::raise_open_files(config::open_files_wanted(in_force_)); // root may go beyond the hard limit
    auto whom = serving_identity(in_force_, from_);
    if (!whom) return base::fail(whom.error());
    whom_ = *std::move(whom);
    if (const char* const socket = std::getenv("RESTANTE_CERTIFICATES"); socket != nullptr && !is_root())
        reader_ = std::make_unique<certificate_reader>(socket);
    if (!whom_) return {};
    if (is_root()) {
        if (auto made = make_folders_for(in_force_, *whom_); !made) return made;
        auto reader = certificate_reader::start(from_, config::tls_files(in_force_), *whom_);
        if (!reader) return base::fail(reader.error());
        reader_ = *std::move(reader);
    }
    return become(*whom_, CAP_NET_BIND_SERVICE);
}

// The usual reason why its own folder is closed to it.
base::error daemon::with_owner(base::error error) const
{
    // EROFS tells of the unit, and other errors of the disk: a chown would mend neither.
    const auto denied = [&](int number) {
        return error.operator_text.ends_with(std::generic_category().message(number));
    };
    if (denied(EROFS))
        error.operator_text +=
            "\n" + in_force_.root +
            " is read-only here; where it lies outside of the folders that the unit opens: systemctl "
            "edit restanted, and there [Service] and ReadWritePaths=" +
            in_force_.root;
    else if (whom_ && (denied(EACCES) || denied(EPERM)))
        error.operator_text += "\n" + ownership_remedy(in_force_.root, whom_->name);
    return error;
}

base::result<> daemon::begin()
{
    disk::posix_file_system files;
    auto root = prepare_root(in_force_, files, clock_.now());
    if (!root) return base::fail(with_owner(root.error()));
    lock_ = std::move(root->lock);
    config::reading as_read{in_force_, {}, {}};
    if (const auto faults = inspect(as_read, files, clock_.now(), opener(), false); !faults.empty())
        return base::fail(as_error(faults, from_.name()));
    auto log = log_sink::open(in_force_.log, config::in_root(in_force_, in_force_.log.file), clock_);
    if (!log) return base::fail(log.error());
    log_ = *std::move(log);
    auto sockets = take_inherited_sockets();
    if (!sockets) return base::fail(sockets.error());
    inherited_ = *std::move(sockets);
    auto application = application::open(in_force_, *log_, root->secret);
    if (!application) return base::fail(application.error());
    application_ = *std::move(application);
    return {};
}

base::result<> daemon::open_doors()
{
    const auto site = settings(in_force_);
    certificates_ = std::make_unique<disk_certificates>(opener());
    limits_ = std::make_unique<server::local_limits>(application_->random);
    if (const auto wanted = config::open_files_wanted(in_force_); open_files_ < wanted)
        log_->warning("open-files-limit",
                      {{"wanted", wanted}, {"got", open_files_}, {"remedy", open_files_remedy}});
    if (is_root_trial())
        log_->warning("serving-as-root", {{"remedy", "this is for a trial; set user and leave --root out"}});
    server::hooks hooks{
        [this] { return reload(); }, [this] { return refresh_users(); },
        [folder = config::in_root(in_force_, in_force_.mail)] { return look_at_machine(folder); },
        [this] { return log_->lines_dropped(); }};
    disk_pool_ = std::make_unique<base::worker_pool>(server::disk_threads(site), site.limits.disk_queue_max);
    mail_ = std::make_unique<store::pooled_store>(application_->mail, *disk_pool_);
    office_ = std::make_unique<server::post_office>(
        site,
        server::environment{.mail = *mail_,
                            .disk_pool = *disk_pool_,
                            .users = application_->users,
                            .authenticator = application_->authenticator,
                            .clock = application_->clock,
                            .random = application_->random,
                            .log = *log_,
                            .certificates = *certificates_,
                            .limits = limits_->all()},
        std::move(hooks));
    if (auto opened = office_->open(); !opened) return opened;
    return drop_capabilities(); // low ports are taken, and no thread runs yet
}

void daemon::run(const std::function<void()>& ready)
{
    log_->begin();
    log_->notice("started", {{"version", config::version},
                             {"root", std::string_view(in_force_.root)},
                             {"users", std::uint64_t{application_->users.users()}}});
    log_faults_of_users();
    for (const auto& door : office_->listening())
        log_->info("listening", {{"address", std::string_view(door.address)}});
    if (const auto address = office_->metrics_address(); !address.empty())
        log_->info("listening", {{"service", "metrics"}, {"address", std::string_view(address)}});
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
    auto reading = read(from_);
    if (auto good = check_all(reading); !good) return refused(good);
    auto differs = office_->reload(settings(reading.values));
    if (!differs) return base::fail(differs.error()); // counted and logged by the office
    if (auto done = application_->users.load(); !done) return refused(done);
    office_->users_changed();
    if (auto done =
            log_->change(reading.values.log, config::in_root(reading.values, reading.values.log.file));
        !done)
        return refused(done);
    log_restart_needed(reading.values, *differs);
    in_force_ = std::move(reading.values);
    return {};
}

base::result<> daemon::refused(base::result<> reload)
{
    office_->reload_refused(reload.error());
    return reload;
}

base::result<> daemon::check_all(const config::reading& reading)
{
    auto faults = reading.faults;
    for (auto& fault : inspect(reading, application_->files, clock_.now(), opener()))
        faults.push_back(std::move(fault));
    if (!faults.empty()) return base::fail(as_error(faults, from_.name()));
    return application_->check_users();
}

base::result<> daemon::refresh_users()
{
    const auto fresh = application_->users.refresh();
    if (!fresh) return base::fail(fresh.error());
    if (!*fresh) return {};
    office_->users_changed();
    log_->notice("users-read", {{"users", std::uint64_t{application_->users.users()}}});
    log_faults_of_users();
    return {};
}

void daemon::log_faults_of_users()
{
    std::istringstream lines(application_->users.faults());
    for (std::string line; std::getline(lines, line);)
        log_->error("users-line-left-out", {{"why", std::string_view(line)}});
}

server::settings daemon::settings(const config::configuration& configuration) const
{
    auto out = config::site_settings(configuration, inherited_);
    config::share_open_files(out.limits, configuration, open_files_);
    return out;
}

disk::file_opener daemon::opener() const
{
    return reader_ ? reader_->opener() : disk::file_opener();
}

void daemon::log_restart_needed(const config::configuration& now, std::span<const std::string> by_office)
{
    std::vector<std::string> keys(by_office.begin(), by_office.end());
    for (auto& key : config::keys_for_restart(in_force_, now)) keys.push_back(std::move(key));
    for (const auto& key : keys) log_->warning("restart-needed", {{"key", std::string_view(key)}});
}

} // namespace cli
