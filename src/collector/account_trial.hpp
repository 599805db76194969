// Signing in once, to see that an account works and what its server can do.
#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "client/maildrop.hpp"
#include "collector/archive_folder.hpp"

namespace collector {

/// So that what is wrong is told now and not at three in the morning. Nothing on the server changes.
base::result<client::server_abilities> try_out(archive_folder& folder,
                                               const config::account_configuration& account, base::log& log);

} // namespace collector
