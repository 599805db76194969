// Looking for an address's server: what is known, what its domain says, what is likely.
#pragma once

#include "base/result.hpp"
#include "cli/collector/commands.hpp"
#include "config/account_configuration.hpp"

#include <string>

namespace cli::collector {

/// Fills in host, port and TLS of `into`; tells the person where they come from and asks before a password goes there.
base::result<> find_server(const style& how, const std::string& address, config::account_configuration& into);

} // namespace cli::collector
