// From an account's configuration to its server: who is asked for the secret, what is remembered of the host.
#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "client/pop3_server.hpp"
#include "collector/archive_folder.hpp"
#include "config/account_configuration.hpp"
#include "credentials/oauth2.hpp"
#include "ledger/ledger.hpp"
#include "net/interrupt.hpp"
#include "net/tls/client.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace collector {

/// The provider as the configuration names it, its secret fetched.
base::result<credentials::oauth2_provider> provider_of(const config::oauth2_configuration& configuration);

class server_link {
public:
    /// `book` tells what earlier runs saw of this host.
    static base::result<std::unique_ptr<server_link>>
    make(archive_folder& folder, const config::account_configuration& account, ledger::ledger& book,
         std::shared_ptr<const net::interrupt> stop, base::log& log);

    client::server& server() { return *noting_; }
    /// How long to wait before the next log-in, by the server's LOGIN-DELAY and our last session; 0: no need.
    std::chrono::seconds delay(ledger::ledger& book, base::wall_time now) const;
    /// After a session: quirks, LOGIN-DELAY, the key of a first use. A text for the person where a key was trusted.
    base::result<std::string> remember(ledger::ledger& book);

private:
    server_link(archive_folder& folder, config::account_configuration account);
    base::result<std::string> secret(bool again);
    base::result<std::string> token(bool again);

    archive_folder& folder_;
    config::account_configuration account_;
    std::optional<std::string> asked_; ///< typed once, used for every session of this run
    std::unique_ptr<client::pop3_server> server_;
    std::unique_ptr<client::server> noting_; ///< server_, but what it says of itself is kept in abilities_
    std::optional<client::server_abilities> abilities_;
};

// What TLS is given of the files that an account names: authorities to trust, a certificate of one's own.

/// Reads them as they are now. What cannot be read is a fault in them, which net::tls_client::load() reports with its
/// others. Of a folder of authorities, the files with hashed names (openssl-rehash(1)), as OpenSSL itself would look
/// for them.
net::tls_client_contents read_trust(const config::trust_files& files);

} // namespace collector
