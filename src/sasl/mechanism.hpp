// What is to be known of each SASL mechanism, in one table for both ends; all others ask here.
#pragma once

#include "sasl/digest.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace sasl {

/// What proves the identity.
enum class proof {
    password,      ///< the password itself is sent
    token,         ///< an OAuth 2.0 access token itself is sent
    scram,         ///< a proof of the password; the server has keys that were made of it
    shared_secret, ///< a proof of the password; the server has the password itself
    certificate,   ///< TLS has shown it
};

struct mechanism {
    std::string_view name; ///< as IANA lists it
    sasl::proof proof = proof::password;
    /// Bound to the TLS connection: needs TLS and something to bind to (RFC 5929, RFC 9266).
    bool binds_channel = false;
    /// The server speaks first, so that an initial response breaks it (RFC 5034, section 4).
    bool server_first = false;
    bool at_server = true; ///< our server's end speaks it, too
    std::optional<hash> scram_hash{};

    /// Whoever reads the line could sign in with what is sent: for TLS alone (RFC 8314, section 4.1).
    constexpr bool shows_secret() const { return proof == proof::password || proof == proof::token; }
    constexpr bool needs_certificate() const { return proof == proof::certificate; }
};

/// Every mechanism that one of the ends speaks, strongest first.
std::span<const mechanism> all_mechanisms();

/// Its row, in whatever case it is written (RFC 5034, section 4); null where there is none. What has no row is neither
/// offered nor tried.
const mechanism* find_mechanism(std::string_view name);

} // namespace sasl
