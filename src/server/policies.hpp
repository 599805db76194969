// What holds for whom: the site's settings with the account's own put over them.
#pragma once

#include "auth/account.hpp"
#include "lmtp/server_session.hpp"
#include "net/tls.hpp"
#include "pop3/server_session.hpp"
#include "server/settings.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace server {

store::maildrop_policy maildrop_policy(const store::maildrop_policy& site, const auth::account& account);
std::chrono::seconds login_delay(const pop3_settings& site, const auth::account& account);

/// EXPIRE counts days (RFC 2449, section 6.7): whole ones, rounded down, so that mail lies at least as long
/// as is told, but not below 1, since EXPIRE 0 means that nothing may be left on the server.
std::optional<std::uint32_t> expire_days(std::optional<std::chrono::seconds> expire);

/// May this user come from there? An account without networks from anywhere.
bool may_come_from(const auth::account& account, const net::peer_address& peer);

/// What a POP3 connection may do. `tls`: what the handshake settled; null where there was none.
pop3::session_policy pop3_session_policy(const settings& site, const listener_settings& listener,
                                         const net::tls_facts* tls, std::string apop_timestamp);
lmtp::session_policy mail_in_session_policy(const settings& site, const listener_settings& listener,
                                            bool tls_active);

} // namespace server
