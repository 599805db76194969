// TLS contexts: which certificate for which name, what is allowed, what a connection negotiated.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/tls/certificate.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/pem.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace net {

struct tls_settings {
    std::vector<std::string> alpn; ///< e.g. {"pop3"}; a client that lists others only is refused (RFC 7301)
    bool refuse_unknown_names = false; ///< SNI for a name we lack: unrecognized_name instead of the default
};

/// What a handshake settled, for logs, SASL and policy.
struct tls_facts {
    std::string version;     ///< "TLSv1.3"
    std::string cipher;      ///< IANA or OpenSSL name
    std::string server_name; ///< SNI; may be empty
    std::string alpn;        ///< may be empty
    bool resumed = false;
    bool can_bind = false; ///< there is something to bind a log-in to
    /// What there is. The server's end computes both when it is asked: stream::facts_with_bindings().
    std::string exporter;             ///< 32 octets, RFC 9266; TLS 1.3 only
    std::string server_end_point;     ///< RFC 5929, section 4
    std::string certificate_identity; ///< verified client certificate: rfc822Name of the SAN, else common
                                      ///< name; EKU clientAuth needed
};

/// An immutable, complete set of contexts; replaced whole at reload. TLS 1.2 and 1.3, AEAD only, no
/// compression, no renegotiation, no early data; stateless tickets, bound to the SNI name and the ALPN list
/// (off where client certificates are asked for). May be used by all threads at once.
class tls_context {
public:
    /// Checks everything: what could not be read, keys match certificates, permissions of key files (not readable
    /// by others). All faults are in one error, a line each. Certificates outside their dates are served, with a
    /// warning: a restart must not turn a late renewal into an outage of the delivery of mail. Tickets issued
    /// by `previous`, the context that this one replaces, stay good.
    static base::result<std::shared_ptr<const tls_context>> load(const tls_contents& contents,
                                                                 const tls_settings& settings,
                                                                 base::wall_time now,
                                                                 const tls_context* previous = nullptr);

    virtual ~tls_context() = default;
    /// OpenSSL's context that new connections start with.
    virtual ssl_ctx_st* native() const = 0;
    /// When the soonest certificate ends, for warnings and metrics.
    virtual base::wall_time valid_until() const = 0;
    /// Each certificate by the name that it is served for ("default" for the one that all others get), and when it
    /// ends, or the soonest of its chain does.
    struct served {
        std::string name, path;
        base::wall_time valid_until;
    };
    virtual const std::vector<served>& certificates() const = 0;
    /// tls_contents::state of what it was made of.
    virtual const std::string& contents_state() const = 0;
    /// What is odd but served all the same, a text each: dates, a certificate that does not hold its name.
    virtual const std::vector<std::string>& warnings() const = 0;
};

/// Makes a key (ECDSA P-256) and a certificate for `host_name`, localhost and the loopback addresses, signed
/// by itself, valid for 10 years; returns both as PEM.
struct self_made_certificate {
    std::string chain_pem, key_pem;
};
base::result<self_made_certificate> make_certificate(std::string_view host_name, base::wall_time now);

// What TLS allows here, at both ends.

/// TLS 1.2 and 1.3, AEAD with forward secrecy, no compression, no renegotiation, no session cache, whatever the
/// machine's openssl.cnf says. False: this OpenSSL lacks something; its reason is in OpenSSL's queue.
bool restrict_tls(SSL_CTX* context);

/// The leaf, its key and its chain. False: the reason is in OpenSSL's queue.
bool use_certificate(SSL_CTX* context, const certificate& own);

/// RFC 7301, section 3.1: each name after its length.
std::string alpn_to_wire(const std::vector<std::string>& protocols);

} // namespace net
