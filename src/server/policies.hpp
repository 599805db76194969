// What holds for whom: the site's settings with the account's own put over them.
#pragma once

#include "auth/account.hpp"
#include "lmtp/server_session.hpp"
#include "net/tls/context.hpp"
#include "pop3/server_session.hpp"
#include "server/site.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace server {

/// What the account has of its own.
own_settings settings_of(const auth::account& account);
/// Those of the domain in the user's name; null where it has none.
const own_settings* domain_settings(const settings& site, std::string_view user_name);

/// The account's own value, else its domain's, else the site's. Mail expires after a day at least: a shorter
/// time could not be announced.
/// How many threads wait for the disk: as the site sets it, or four a core, which keep a disk's queue filled and cost
/// little.
std::size_t disk_threads(const settings& site);

store::maildrop_policy maildrop_policy(const settings& site, const auth::account& account);
std::chrono::seconds login_delay(const settings& site, const auth::account& account);
/// The name of this server for mail to that account.
std::string host_name(const settings& site, const auth::account& account);

/// What is announced before log-in, where the user is not known yet (RFC 2449, sections 6.5 and 6.7): the
/// shortest EXPIRE and the longest LOGIN-DELAY that some user has or may get.
announced_times times_before_log_in(const settings& site, const auth::own_times& users);

/// EXPIRE counts days (RFC 2449, section 6.7): whole ones, rounded down, so that mail lies at least as long
/// as is announced, but not below 1, since EXPIRE 0 means that nothing may be left on the server.
std::optional<std::uint32_t> expire_days(std::optional<std::chrono::seconds> expire);

/// May this user come from there? An account without networks from anywhere.
bool may_come_from(const auth::account& account, const net::peer_address& peer);

/// What a POP3 connection may do. `tls`: what the handshake settled; null where there was none.
pop3::session_policy pop3_session_policy(const site& present, const listener_settings& listener,
                                         const net::tls_facts* tls, std::string apop_timestamp);
lmtp::session_policy mail_in_session_policy(const settings& site, const listener_settings& listener,
                                            bool tls_active);

} // namespace server
