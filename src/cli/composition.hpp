// All rooms put together, by constructors, in the one place that names backends.
#pragma once

#include "auth/local_authenticator.hpp"
#include "auth/users_file.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "disk/posix.hpp"
#include "server/settings.hpp"
#include "store/maildir/maildir_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cli {

/// What every command that touches mail works with. The folders must be there (prepare_folders()).
class application {
public:
    /// Opens the users' folder and reads the users; their faults are the error. `secret`: the root's, for whoever
    /// lets users log in.
    static base::result<std::unique_ptr<application>> open(const config::configuration& configuration,
                                                           base::log& log, const std::string& secret = {});

    application(const config::configuration& configuration, base::log& log,
                std::unique_ptr<disk::directory> users_folder, const std::string& users_name,
                const std::string& secret);

    disk::posix_file_system files;
    base::system_clock clock;
    base::system_random random;

private:
    std::unique_ptr<disk::directory> users_folder_;
    std::string users_name_;

public:
    auth::users_file users;
    auth::local_authenticator authenticator;
    store::maildir_store mail;

    /// Every user, without aliases and catch-alls, in the file's order; empty where the file has errors.
    std::vector<std::string> user_names() const;
    /// What load() would say of the users as they are on disk now; nothing is swapped.
    base::result<> check_users() const;
};

} // namespace cli
