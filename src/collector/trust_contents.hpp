// What TLS is given of the files that an account names: authorities to trust, a certificate of one's own.
#pragma once

#include "config/account_configuration.hpp"
#include "net/tls/client.hpp"

namespace collector {

/// Reads them as they are now. What cannot be read is a fault in them, which net::tls_client::load() reports with its
/// others. Of a folder of authorities, the files with hashed names (openssl-rehash(1)), as OpenSSL itself would look
/// for them.
net::tls_client_contents read_trust(const config::trust_files& files);

} // namespace collector
