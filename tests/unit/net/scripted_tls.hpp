// OpenSSL as a server that does what ours never would.
#pragma once

#include "unit/net/issuer.hpp"
#include "unit/net/loopback.hpp"

#include <functional>

namespace net::testing {

struct script {
    const issued* certificate = nullptr;
    int newest = TLS1_3_VERSION;
    std::string cipher{}; ///< of TLS 1.2; empty: OpenSSL's choice
    std::string alpn{};   ///< picked whatever was offered; empty: none
    std::function<void(SSL&)> then{};
};

/// One blocking handshake, then `then`; the socket ends without close_notify unless `then` sent one.
void serve_script(const client_socket& with, const script& what);

} // namespace net::testing
