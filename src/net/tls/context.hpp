// TLS contexts: which certificate for which name, what is allowed, what a connection negotiated.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace net {

/// Opens for reading a file or folder that this process itself may not read, such as a key that is root's alone; the
/// value is a descriptor that the caller closes.
using file_opener = std::function<base::result<int>(const std::string& path)>;

/// Where certificates come from. Files are PEM; a chain file holds the leaf first.
struct certificate_files {
    std::string chain_path;
    std::string key_path;
};

struct tls_settings {
    certificate_files certificate; ///< the default one
    /// A folder of NAME/fullchain.pem + NAME/privkey.pem, or NAME.crt/NAME.pem + NAME.key; NAME is a host
    /// name or
    /// "*.domain". Served by SNI (RFC 6066). Empty: none.
    std::string names_folder;
    std::string client_ca_path;    ///< ask for client certificates signed by these; empty: do not ask
    std::vector<std::string> alpn; ///< e.g. {"pop3"}; a client that lists others only is refused (RFC 7301)
    file_opener open_unreadable;   ///< asked where a path may not be read (EACCES); empty: nobody is
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
    /// Reads and checks everything: keys match certificates, permissions of key files (not readable by
    /// others). All faults are in one error, a line each. Certificates outside their dates are served, with a
    /// warning: a restart must not turn a late renewal into an outage of the delivery of mail. Tickets issued
    /// by `previous`, the context that this one replaces, stay good.
    static base::result<std::shared_ptr<const tls_context>>
    load(const tls_settings& settings, base::wall_time now, const tls_context* previous = nullptr);

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
    /// What tls_files_state() said when the files were read.
    virtual const std::string& files_state() const = 0;
    /// What is odd but served all the same, a text each: dates, a certificate that does not hold its name.
    virtual const std::vector<std::string>& warnings() const = 0;
};

/// All files that load() would read now, each with what identifies its contents (file number, size, time of change) or
/// why it cannot be looked at. Differs from tls_context::files_state(): time to load again.
std::string tls_files_state(const tls_settings& settings);

/// Makes a key (ECDSA P-256) and a certificate for `host_name`, localhost and the loopback addresses, signed
/// by itself, valid for 10 years; returns both as PEM.
struct self_made_certificate {
    std::string chain_pem, key_pem;
};
base::result<self_made_certificate> make_certificate(std::string_view host_name, base::wall_time now);

} // namespace net
