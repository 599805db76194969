// What most sub-commands begin and end with.
#include "cli/command_support.hpp"

#include "cli/process.hpp"
#include "cli/root.hpp"
#include "cli/terminal.hpp"
#include "disk/posix.hpp"

#include <grp.h>
#include <pwd.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace cli {

std::optional<config::configuration> usable_configuration(const source& origin)
{
    auto reading = read(origin);
    if (reading.faults.empty()) return std::move(reading.values);
    print_faults(reading.faults, origin.name());
    return std::nullopt;
}

void print_faults(std::span<const config::fault> faults, const std::string& file_name)
{
    for (const auto& text : config::format_faults(faults, file_name)) complain(text);
}

std::optional<config::fault> configuration_closed(const std::optional<std::string>& path)
{
    if (!path || access(path->c_str(), R_OK) == 0 || errno != EACCES) return std::nullopt;
    const auto whole = std::filesystem::absolute(*path).lexically_normal().string();
    const passwd* const account = getpwuid(geteuid()); // before any thread
    const auto user = account != nullptr ? std::string(account->pw_name) : std::to_string(geteuid());
    const group* const named = getgrgid(getegid()); // as above
    const auto group = named != nullptr ? std::string(named->gr_name) : std::to_string(getegid());
    return config::fault{
        0, "", whole + " cannot be read by the user " + user + ", as whom the daemon reads it at each reload",
        "chown root:" + group + " " + whole + " && chmod 640 " + whole +
            "; every folder above it must let that user pass"};
}

namespace {

// Root must not leave files behind that the daemon, under another user, cannot read.
base::result<std::optional<identity>> whom_to_be(const config::configuration& configuration)
{
    auto whom = find_identity(configuration.user, configuration.group);
    if (whom && !*whom) *whom = owner_of(configuration.root);
    return whom;
}

} // namespace

base::result<> enter(const config::configuration& configuration)
{
    const auto whom = whom_to_be(configuration);
    if (!whom) return base::fail(whom.error());
    if (*whom)
        if (auto done = become(**whom); !done) return done;
    disk::posix_file_system files;
    return require_root(configuration, files);
}

base::result<> make_and_enter(const config::configuration& configuration)
{
    const auto whom = whom_to_be(configuration);
    if (!whom) return base::fail(whom.error());
    if (*whom) {
        if (is_root())
            if (auto made = make_folders_for(configuration, **whom); !made) return made;
        if (auto done = become(**whom); !done) return done;
    }
    disk::posix_file_system files;
    return prepare_folders(configuration, files);
}

base::result<std::optional<identity>> serving_identity(const config::configuration& configuration,
                                                       const source& origin)
{
    auto whom = whom_to_be(configuration);
    if (!whom || *whom || !is_root()) return whom;
    if (origin.wishes.root) return std::optional<identity>();
    return base::fail(
        {base::failure::malformed, false, "serving as root",
         "restanted does not serve as root. Set user = \"restante\" in " +
             (origin.file_to_read() ? origin.name()
                                    : std::string(default_configuration_path) + ", which is not there,") +
             " (make that user with: useradd --system restante), or start it as the user that owns " +
             configuration.root + ". For a trial as root, name a folder with --root"});
}

int report(const base::error& error)
{
    complain(error.operator_text);
    switch (error.kind) {
    case base::failure::unknown_user: return EX_NOUSER;
    case base::failure::malformed:
    case base::failure::exists:
    case base::failure::too_large: return EX_DATAERR;
    case base::failure::refused: return EX_NOPERM;
    case base::failure::network: return EX_UNAVAILABLE;
    case base::failure::internal: return EX_SOFTWARE;
    default: return error.temporary ? EX_TEMPFAIL : EX_IOERR;
    }
}

} // namespace cli
