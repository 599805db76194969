// Looking for an address's server: what is known, what its domain says, what is likely.
#pragma once

#include "base/result.hpp"
#include "config/account_configuration.hpp"

#include <functional>
#include <string>

namespace collector {

/// Where nobody is there, no password goes outside of the domain.
struct server_search {
    std::function<void(const std::string& place)> trying = [](const std::string&) {};
    /// Whether a password may go to a place that the domain names outside of itself.
    std::function<bool(const std::string& place)> agree = [](const std::string&) { return false; };
    /// What a person should know of the server that was found: where it comes from, what else is needed.
    std::function<void(const std::string& text)> note = [](const std::string&) {};
};

/// Fills in host, port and TLS of `into`.
base::result<> find_server(const std::string& address, const server_search& search,
                           config::account_configuration& into);

} // namespace collector
