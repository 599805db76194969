// From an account that is proved to an open maildrop: who may, when, and after whom.
#pragma once

#include "auth/account.hpp"
#include "server/connection.hpp"
#include "store/store.hpp"

#include <memory>

namespace server {

/// Networks, LOGIN-DELAY (RFC 2449, section 6.5), sessions per user, then the maildrop under its lock. Where
/// another session holds it: waits up to deadlines.lock_wait, and one in this process that is idle for longer
/// than deadlines.lock_holder_idle is made to give way; then in_use.
awaitable<base::result<std::unique_ptr<store::maildrop>>> open_maildrop(connection& connection,
                                                                        const auth::account& account);

} // namespace server
