// What both ends of SCRAM have in common (RFC 5802): keys, and messages, which are parsed strictly (section 7).
#pragma once

#include "base/random.hpp"
#include "sasl/digest.hpp"
#include "sasl/server.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sasl {

/// What a server keeps of a password (section 3): StoredKey and ServerKey of one that is prepared already
/// (sasl/prepare.hpp). Slow in proportion to `iterations`.
scram_keys derive_scram_keys(hash hash, std::string_view prepared_password, std::string salt,
                             unsigned iterations);

/// A nonce is base64 of a few dozen octets in every client; more only makes us carry it.
constexpr std::size_t client_nonce_octets_max = 256;

/// Unpredictable, printable, no comma; each end makes its own.
std::string new_nonce(base::random& random);

struct client_first {
    char binding_flag = 'n';                ///< 'n', 'y' or 'p'
    std::string binding_type;               ///< with 'p': cb-name
    std::string gs2_header;                 ///< as it came, with both commas
    std::string bare;                       ///< client-first-message-bare, as it came
    std::string authorization, user, nonce; ///< unescaped, not prepared
};

struct client_final {
    std::string without_proof; ///< as it came
    std::string binding;       ///< decoded "c="
    std::string nonce;
    std::string proof; ///< decoded "p="
};

/// Nothing where the grammar is broken or a mandatory extension ("m=") is asked for. Other extensions are
/// skipped.
std::optional<client_first> parse_client_first(std::string_view message);
std::optional<client_final> parse_client_final(std::string_view message);

struct server_first {
    std::string nonce; ///< the client's and the server's
    std::string salt;  ///< decoded "s="
    std::uint32_t iterations = 0;
};

struct server_final {
    std::string error;     ///< "e=": server-error-value; empty where there is a signature
    std::string signature; ///< decoded "v="
};

/// As above.
std::optional<server_first> parse_server_first(std::string_view message);
std::optional<server_final> parse_server_final(std::string_view message);

/// saslname: a comma becomes =2C, an equals sign =3D.
std::string escape_name(std::string_view name);

} // namespace sasl
