// restanted doctor: the configuration, the files that it names, the users.
#include "auth/users_file.hpp"
#include "cli/health/checks.hpp"
#include "cli/inspection.hpp"
#include "cli/root.hpp"

#include <algorithm>

namespace cli::health {

namespace {

std::vector<finding> as_findings(std::span<const config::fault> faults, const std::string& file_name)
{
    std::vector<finding> out;
    for (const auto& fault : faults.first(std::min(faults.size(), config::faults_shown_max)))
        out.push_back({"configuration", verdict::error,
                       config::format_fault({fault.line, fault.key, fault.reason, ""}, file_name),
                       fault.remedy});
    if (faults.size() > config::faults_shown_max)
        out.push_back({"configuration", verdict::error,
                       "and " + std::to_string(faults.size() - config::faults_shown_max) + " more errors",
                       ""});
    return out;
}

} // namespace

std::vector<finding> check_configuration(const config::reading& reading, const std::string& file_name)
{
    if (reading.faults.empty()) return {{"configuration", verdict::ok, file_name + " is good"}};
    return as_findings(reading.faults, file_name);
}

std::vector<finding> check_surroundings(const config::reading& reading, const examination& subject)
{
    auto faults = inspect(reading, subject.files, subject.clock.now(), subject.open_unreadable);
    // The checks of users, folders and the mail folder say more of the root.
    std::erase_if(faults, [](const config::fault& fault) { return fault.key == "root"; });
    if (faults.empty())
        return {{"files", verdict::ok, "the files and folders that it names are safe and fit together"}};
    auto out = as_findings(faults, "the configuration");
    for (auto& result : out) result.name = "files";
    return out;
}

std::vector<finding> check_users(const examination& subject)
{
    const auto path = config::in_root(subject.values, subject.values.auth.users);
    const auto [folder, name] = split_path(path);
    const auto directory = subject.files.open(folder);
    const auto mail = look_at_mail_folder(subject.values, subject.files);
    if (mail && *mail == mail_folder_state::first_start && (!directory || !(*directory)->status(name)))
        return {{"users", verdict::warning, path + " is not there: nothing was started here yet",
                 "restanted user add NAME makes it"}};
    if (!directory)
        return {{"users", verdict::error, directory.error().operator_text,
                 "mount or make the folder, and let the daemon's user read it", EX_NOINPUT}};
    auth::users_file users(**directory, name);
    const auto loaded = users.load();
    if (!loaded)
        return {{"users", verdict::error, users_fault(subject.values, loaded.error(), subject.files),
                 subject.daemon
                     ? "the users as they were stay in force until a restart; the next start will fail"
                     : "until it can be read, the daemon does not start, and mail waits at its sender",
                 EX_NOINPUT}};
    if (const auto faults = users.faults(); !faults.empty())
        return {{"users", verdict::error, faults,
                 "the users in these lines cannot log in, and their mail waits at its sender", EX_DATAERR}};
    if (users.users() == 0)
        return {{"users", verdict::warning, path + " has no users", "restanted user add NAME"}};
    return {{"users", verdict::ok, path + " is good; users: " + std::to_string(users.users())}};
}

} // namespace cli::health
