// The checks of restanted doctor, by what they look at.
#pragma once

#include "cli/health/finding.hpp"

#include <vector>

namespace cli::health {

/// configuration_checks.cpp: the file's own errors, and what inspect() finds around it.
std::vector<finding> check_configuration(const config::reading& what, const std::string& file_name);
std::vector<finding> check_surroundings(const config::reading& what, const examination& subject);
std::vector<finding> check_users(const examination& subject);

/// storage_checks.cpp
std::vector<finding> check_folders(const examination& subject);
std::vector<finding> check_mail_folder(const examination& subject);
std::vector<finding> check_space(const examination& subject);

/// certificate_checks.cpp
std::vector<finding> check_certificate(const examination& subject);

/// listener_checks.cpp: each is connected to and its greeting read; where no daemon runs, each must be free. Before
/// root is given up: only root sees whose a socket is.
std::vector<finding> check_listeners(const examination& subject);

/// mail_transfer_checks.cpp: whether Postfix, where it is installed, reaches the LMTP socket. Needs root.
std::vector<finding> check_mail_transfer(const examination& subject);

/// name_checks.cpp: the host name's addresses, and the SRV records of the users' domains.
std::vector<finding> check_host_name(const examination& subject);
std::vector<finding> check_service_records(const examination& subject);

/// system_checks.cpp
std::vector<finding> check_daemon(const examination& subject, const std::string& admin_socket);
std::vector<finding> check_clock(const examination& subject);
std::vector<finding> check_open_files(const examination& subject);

/// The configuration's listeners, and those others that the running daemon has: its command line may have named them.
std::vector<server::listener_settings> all_listeners(const examination& subject);

/// Who answers on the admin socket; none where nobody does.
std::optional<running_daemon> find_daemon(const std::string& admin_socket);

} // namespace cli::health
