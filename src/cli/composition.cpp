// All rooms put together, by constructors, in the one place that names backends.
#include "cli/composition.hpp"

#include "cli/root.hpp"
#include "config/site.hpp"

#include <algorithm>

namespace cli {

base::result<std::unique_ptr<application>> application::open(const config::configuration& configuration,
                                                             base::log& log, const std::string& secret)
{
    disk::posix_file_system files;
    const auto [folder, name] = split_path(config::in_root(configuration, configuration.auth.users));
    auto users_folder = files.open(folder);
    if (!users_folder) return base::fail(users_folder.error());
    auto out = std::make_unique<application>(configuration, log, *std::move(users_folder), name, secret);
    if (auto loaded = out->users.load(); !loaded) return base::fail(loaded.error());
    return out;
}

application::application(const config::configuration& configuration, base::log& log,
                         std::unique_ptr<disk::directory> users_folder, const std::string& users_name,
                         const std::string& secret)
    : users_folder_(std::move(users_folder)),
      users_name_(users_name),
      users(*users_folder_, users_name),
      authenticator(users, clock, random,
                    {.success_cache_for = configuration.auth.success_cache,
                     .secret = secret,
                     .report_unusable_hash =
                         [&log](std::string_view user, std::string_view reason) {
                             log.error("password-not-checked", {{"user", user}, {"why", reason}});
                         }}),
      mail(files, config::in_root(configuration, configuration.mail), clock, random, log,
           config::site_settings(configuration).host_name)
{
}

std::vector<std::string> application::user_names() const
{
    std::vector<std::string> out;
    for (const auto& name : users.names().value_or(std::vector<std::string>{}))
        if (const auto found = users.find(name); found && *found) out.push_back((*found)->account.name);
    std::ranges::sort(out);
    return out;
}

base::result<> application::check_users() const
{
    auth::users_file as_on_disk(*users_folder_, users_name_);
    if (auto loaded = as_on_disk.load(); !loaded) return loaded;
    if (auto faults = as_on_disk.faults(); !faults.empty())
        return base::fail({base::failure::malformed, true, {}, std::move(faults)});
    return {};
}

} // namespace cli
