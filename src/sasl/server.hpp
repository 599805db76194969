// SASL mechanisms, the server's end, as pure exchanges (RFC 4422): responses in, steps out. What needs a
// database, a slow hash or a random source is asked of the driver.
#pragma once

#include "base/random.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sasl {

// --- steps ----------------------------------------------------------------------------------------

/// Send these octets (not yet base64), then call respond() with the answer.
struct challenge {
    std::string octets;
};
/// PLAIN, LOGIN: is this the user's secret? Answer with verified(). An empty `authorization` means the same
/// identity.
struct verify_password {
    std::string user, authorization, secret;
};
/// SCRAM: give the user's stored keys. Answer with keys(); for an unknown user with keys of the same look
/// (auth makes them), so that nobody can tell.
struct want_scram_keys {
    std::string user, authorization;
    std::string hash; ///< "SHA-1" or "SHA-256"
};
/// CRAM-MD5: give the shared secret. Answer with shared_secret(), none where there is none.
struct want_shared_secret {
    std::string user;
};
/// EXTERNAL: may the certificate's identity act as `authorization` (empty: as itself)? Answer with
/// verified().
struct verify_external {
    std::string authorization;
};
/// Proved. `user` is the identity to log in, after authorization.
struct authenticated {
    std::string user;
};
/// Not proved: wrong, malformed or out of order; `malformed` where the client broke the mechanism's grammar.
struct rejected {
    std::string user; ///< for the log and the throttle; may be empty
    bool malformed = false;
    std::string reason; ///< for the operator
};

using step = std::variant<challenge, verify_password, want_scram_keys, want_shared_secret, verify_external,
                          authenticated, rejected>;

/// RFC 5802: salt and keys as they are stored.
struct scram_keys {
    std::string salt;
    unsigned iterations = 0;
    std::string stored_key;
    std::string server_key;
};

/// What TLS says of this connection, for -PLUS (RFC 5929, 9266) and EXTERNAL.
struct channel {
    bool tls = false;
    std::string tls_exporter;         ///< 32 octets, TLS 1.3 (RFC 9266); empty: not available
    std::string tls_server_end_point; ///< hash of our certificate (RFC 5929); empty: not available
    std::string certificate_identity; ///< the client certificate's name, verified; empty: none

    /// There is something to bind a log-in to.
    bool can_bind() const { return tls && !(tls_exporter.empty() && tls_server_end_point.empty()); }
};

class server_exchange {
public:
    virtual ~server_exchange() = default;
    /// The client's initial response (or its absence), then each further one.
    virtual step begin(std::optional<std::string_view> initial_response) = 0;
    virtual step respond(std::string_view response) = 0;
    // answers to the steps that ask
    virtual step verified(bool right) = 0;
    virtual step keys(const scram_keys& stored) = 0;
    virtual step shared_secret(std::optional<std::string_view> secret) = 0;
};

/// Every mechanism this room speaks, strongest first: SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, SCRAM-SHA-256,
/// SCRAM-SHA-1, EXTERNAL, CRAM-MD5, PLAIN, LOGIN.
std::span<const std::string_view> mechanisms();

/// A new exchange; null where the name is none of mechanisms() or needs what `channel` lacks.
/// `plus_offered`: a -PLUS mechanism was announced, so a client that says "y" was downgraded (RFC 5802,
/// section 6).
std::unique_ptr<server_exchange> begin(std::string_view mechanism, const channel& channel, bool plus_offered,
                                       base::random& random, std::string_view host_name);

} // namespace sasl
