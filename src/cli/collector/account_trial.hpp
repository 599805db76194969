// Signing in once, to see that an account works and what its server can do.
#pragma once

#include "archive/settings.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "cli/collector/archive_folder.hpp"
#include "client/maildrop.hpp"

#include <string>

namespace cli::collector {

/// So that what is wrong is told now and not at three in the morning. Nothing on the server changes.
base::result<client::server_abilities> try_out(archive_folder& folder,
                                               const config::account_configuration& account, base::log& log);

/// What a server can do, in sentences.
std::string describe(const client::server_abilities& of, const archive::keep_policy& keep);

} // namespace cli::collector
