// Accounts: added and removed, tried out, signed in to.
#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "client/maildrop.hpp"
#include "collector/archive_folder.hpp"
#include "config/account_configuration.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace collector {

// Looking for an address's server: what is known, what its domain says, what is likely.

/// Where nobody is there, no password goes outside of the domain.
struct server_search {
    std::function<void(const std::string& place)> trying = [](const std::string&) {};
    /// Whether a password may go to a place that the domain names outside of itself.
    std::function<bool(const std::string& place)> agree = [](const std::string&) { return false; };
    /// What a person should know of the server that was found: where it comes from, what else is needed.
    std::function<void(const std::string& text)> note = [](const std::string&) {};
};

/// Fills in host, port and TLS of `account`.
base::result<> find_server(const std::string& address, const server_search& search,
                           config::account_configuration& account);

/// Signs in once, so that what is wrong is known now and not at three in the morning. Nothing on the server changes.
base::result<client::server_abilities> try_out(archive_folder& folder,
                                               const config::account_configuration& account, base::log& log);

struct account_request {
    config::account_configuration account;
    /// For the server of the address that is the account's name; unset: `account` has one.
    std::optional<server_search> search;
    bool signs_in = true; ///< to see that it works; an account with OAuth 2.0 has no tokens yet, and does not
    /// How a person allows that the second copy lies on the disk of the archive, for the refusal.
    std::string_view allowing_same_disk;
};

struct account_addition {
    config::account_configuration account;             ///< with its server
    std::optional<client::server_abilities> abilities; ///< unset: it did not sign in
    /// Why the sign-in failed. Where that is temporary the account is written all the same: a server that is away today
    /// is no reason to forget what was typed.
    std::optional<base::error> not_signed_in;
    std::optional<base::error> not_written;

    bool is_written() const { return !not_written && (!not_signed_in || not_signed_in->temporary); }
};

/// Begins its second copy, finds its server, keeps the password that a person chooses where it belongs in the keyring,
/// signs in, and writes its file. `exists` where the name is taken, before anyone is asked for anything.
base::result<account_addition> add_account(archive_folder& folder, const account_request& request,
                                           base::log& log);

struct account_removal {
    bool has_mail = false;                     ///< that stays
    std::optional<base::error> password_stays; ///< in the keyring, and why
    /// The account's file could not be read: it may have named the keyring.
    bool is_keyring_unknown = false;
};

/// The account's file, its tokens and its password in the keyring go.
base::result<account_removal> remove_account(archive_folder& folder, const std::string& name);

enum class sign_in_way { device, browser };

/// Gets tokens from the account's OAuth 2.0 provider, and keeps them. `show` is called with the address to visit, and
/// with the code to type there by `device`; not where the client has credentials of its own.
base::result<> sign_in(archive_folder& folder, const config::account_configuration& account, sign_in_way way,
                       const std::function<void(const std::string& address, const std::string& code)>& show);

} // namespace collector
