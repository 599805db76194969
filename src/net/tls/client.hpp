// The client's side of TLS: whom to believe, who we are, what a handshake showed.
#pragma once

#include "base/result.hpp"
#include "net/tls/context.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace net {

enum class trust {
    verified, ///< a chain to a trusted root and the right name; pins, where there are any, are asked for besides
    pinned,    ///< the pins alone decide: for certificates signed by themselves
    first_use, ///< without pins: anything, once; the caller keeps the pin that server_facts tells
};

struct tls_client_settings {
    net::trust trust = net::trust::verified;
    /// "sha256/BASE64" of a SubjectPublicKeyInfo (after RFC 7469, section 2.4).
    std::vector<std::string> pins{};
    /// Sent; a server that picks another is left, one that picks none is not.
    std::vector<std::string> alpn{"pop3"};
};

/// What others have read for a client.
struct tls_client_contents {
    /// Whom to trust with trust::verified; none: the system's authorities, which OpenSSL itself reads from its default
    /// places.
    std::optional<authorities_pem> authorities{};
    std::optional<certificate_pem> certificate{}; ///< who we are; none: nobody asks, or nobody is told
};

/// What the handshake showed of the server.
struct server_facts {
    tls_facts tls;       ///< exporter and server_end_point for channel binding
    std::string pin;     ///< the leaf's, in the form of tls_client_settings::pins
    std::string subject; ///< for people: "CN=mail.example.org, issued by Example CA, until 2027-01-31"
};

/// Immutable; shared by connections and threads. TLS 1.2 and 1.3, AEAD only, no renegotiation, no compression.
class tls_client {
public:
    /// All faults in one error.
    static base::result<std::shared_ptr<const tls_client>> load(const tls_client_settings& settings,
                                                                const tls_client_contents& contents = {});
    virtual ~tls_client() = default;
    virtual ssl_ctx_st* native() const = 0;
    virtual const tls_client_settings& settings() const = 0;
};

} // namespace net
